// Runs a server from its start to its end: what `serve` and `request` have in common.

import path from 'node:path'
import { isTitofistoError } from '../../errors.ts'
import { titofistoDefaults } from '../../titofisto-options.ts'
import { CliFailure, refused, wrongUsage } from '../cli-failure.ts'
import { findSecrets, fingerprintOf } from '../settings/find-secrets.ts'
import { openFiles, type CliFiles, type OpenFiles } from '../settings/open-files.ts'
import { removeServerNote, writeServerNote, type ServerNote } from '../settings/server-note.ts'
import { linkSettings } from '../settings/settings.ts'
import { maskSlotsUrl } from '../settings/slots-url.ts'
import { createStateFolder, statePathOf, type StateFolder } from '../settings/state-folder.ts'
import { readSeconds } from '../settings/titofisto-settings.ts'
import { createAccessLog, type AccessLog } from './access-log.ts'
import { watchServer } from './graceful-stop.ts'
import { listen, type ListenPlace } from './listen.ts'
import { createLiveLine } from './live-line.ts'
import { waitForStopSignal } from './stop-signal.ts'
import { createWebServer } from './web-server.ts'
import type { Arguments } from '../arguments.ts'
import type { OwnerPage } from '../browse/owner-page.ts'
import type { SettingName, Settings } from '../settings/settings.ts'
import type { FilePlace } from '../settings/file-place.ts'

/** A server that is about to run, or runs. */
export interface Serving {
  readonly files: CliFiles
  readonly settings: Settings
  readonly place: FilePlace
  /** Where a client on this machine reaches it; `''` until it listens. */
  readonly origin: string
  /** Where the secret came from, as the start of a sentence. */
  readonly secretSource: string
  /** Whether uploads can be taken. */
  readonly takesUploads: boolean
  readonly accessLog: AccessLog
}

/** What a command does with a server. */
export interface ServerPlan {
  readonly settings: Settings
  readonly place: FilePlace
  /** Defines the kinds of slot. @throws TitofistoError where the folder can't be written to. */
  defineKinds(serving: Serving): void
  /** Says what there is to say, once it listens. */
  greet(serving: Serving, ownerPage: OwnerPage | null): Promise<void>
  /** Opens a page for whoever runs the server. Missing: there is none. */
  openOwnerPage?(serving: Serving, isTls: boolean): OwnerPage
  /** Resolves when it is to stop by itself. Missing: only a signal stops it. */
  whenOver?(serving: Serving): Promise<void>
  /** Ends what else was started, `stopMs` after the stop began. */
  stopOthers?(): void
}

/**
 * Serves until a signal, or the plan, says stop. Gives the exit code.
 *
 * @throws CliFailure where it can't serve, or a setting is wrong.
 */
export async function runServer(args: Arguments, plan: ServerPlan): Promise<number> {
  const { settings, place } = plan
  const secrets = findSecrets(settings)
  const isJson = args.has('json')
  const isQuiet = args.has('quiet')
  const output = isJson ? process.stdout : process.stderr
  const liveLine = createLiveLine({ stream: output, isOn: !isJson && !isQuiet, env: process.env })
  const accessLog = createAccessLog({
    json: isJson,
    quiet: isQuiet,
    param: settings.find('param')?.text ?? titofistoDefaults.param,
    write: (lines) => liveLine.write(lines),
    now: Date.now,
  })
  const options = { log: accessLog.log, needsSlots: true }
  const opened = await openFiles(place, secrets.secrets, settings, options)
  const { files } = opened
  const serving = {
    files,
    settings,
    place,
    // Set once it listens; no upload comes before.
    origin: '',
    secretSource: secrets.source,
    takesUploads: false,
    accessLog,
  }
  serving.takesUploads = await openUploads(opened, () => plan.defineKinds(serving))
  const stopMs = 1000 * readStopSeconds(settings)
  const listenPlace = readPlace(settings)

  const { server, isTls } = createWebServer(settings)
  const watched = watchServer(server, isTls)
  const ownerPage = plan.openOwnerPage?.(serving, isTls) ?? null
  for (const event of ['request', 'checkContinue'] as const) {
    server.on(event, (req, res) => {
      // What only asks what is new would be a line every other second.
      if (ownerPage?.isLook(req) !== true) {
        accessLog.watch(req, res)
        liveLine.watch(req, res)
      }
      if (ownerPage?.takes(req, res) === true) return
      // The handler never rejects.
      void files.handler(req, res)
    })
  }
  const port = await listen(server, listenPlace)
  serving.origin = formatOrigin(isTls, listenPlace.host, port)
  const stopSignal = waitForStopSignal()
  const state = leaveNote(settings, {
    pid: process.pid,
    origin: serving.origin,
    fingerprint: fingerprintOf(secrets.secrets),
    sinceMs: Date.now(),
    settings: toNotedSettings(place, settings),
  })
  try {
    await plan.greet(serving, ownerPage)
  } catch (error) {
    // Nobody knows of it yet.
    if (state !== null) removeServerNote(state, process.pid)
    await Promise.all([watched.stop(0), opened.close()])
    throw error
  }

  await Promise.race([stopSignal, ...(plan.whenOver === undefined ? [] : [plan.whenOver(serving)])])
  if (state !== null) removeServerNote(state, process.pid)
  const running = watched.runningCount()
  if (running > 0 && !isQuiet)
    console.error(
      `titofisto: stopping; ${running} running ${running === 1 ? 'request' : 'requests'} may take another ${stopMs / 1000} s. Stop again not to wait.`,
    )
  // A command may outlive its upload's connection, but not the time to stop.
  const timer = setTimeout(() => plan.stopOthers?.(), stopMs)
  const cutCount = await watched.stop(stopMs)
  await opened.close()
  clearTimeout(timer)
  liveLine.end()
  if (cutCount > 0) console.error(`titofisto: ${cutCount} did not end in time and were cut.`)
  accessLog.flush()
  return 0
}

const defaultPort = 8080

function readPlace(settings: Settings): ListenPlace {
  const host = settings.find('host')?.text ?? '127.0.0.1'
  const given = settings.find('port')
  if (given === null) return { host, port: defaultPort, tries: 20 }
  const port = /^\d{1,5}$/.test(given.text) ? Number(given.text) : Infinity
  if (port > 65_535) throw wrongUsage(`${given.source} must be a port, 0 to 65535.`)
  return { host, port, tries: 1 }
}

function readStopSeconds(settings: Settings): number {
  const given = settings.find('stopSeconds')
  if (given === null) return 10
  const seconds = readSeconds(given)
  // setTimeout takes no more than 2^31 ms.
  if (seconds > 86_400) throw wrongUsage(`${given.source} must be at most 1d (86400 seconds).`)
  return seconds
}

/** Where a client on this machine reaches the server. */
function formatOrigin(isTls: boolean, host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  const authority = reachable.includes(':') ? `[${reachable}]` : reachable
  return `${isTls ? 'https' : 'http'}://${authority}:${port}`
}

/** `null` where the note could not be written: the files are served all the same. */
function leaveNote(settings: Settings, note: ServerNote): StateFolder | null {
  try {
    const state = createStateFolder(statePathOf(settings))
    writeServerNote(state, note)
    return state
  } catch (error) {
    if (!(error instanceof CliFailure)) throw error
    console.error(
      `titofisto: warning: "url" and "explain" won't find this server. ${error.message}`,
    )
    return null
  }
}

function toNotedSettings(place: FilePlace, settings: Settings): ServerNote['settings'] {
  const noted: Partial<Record<SettingName, string>> =
    place.kind === 'folder' ? { root: path.resolve(place.root) } : { s3: place.shown }
  // Files are noted by absolute paths; the others run wherever they are started.
  for (const name of ['secretFile', 'settingsFile', 'spool'] as const) {
    const file = settings.find(name)
    if (file !== null) noted[name] = path.resolve(file.text)
  }
  for (const name of ['exec', 'host'] as const) {
    const value = settings.find(name)
    if (value !== null) noted[name] = value.text
  }
  for (const name of linkSettings) {
    const value = settings.find(name)
    if (value === null || name === 'state') continue
    const text = name === 'slots' ? maskSlotsUrl(value.text) : value.text
    // Some are noted above already.
    if (text !== null) noted[name] ??= text
  }
  return noted
}

/** Whether uploads can be taken: a folder or a bucket that can't be written to is served all the same. */
async function openUploads(opened: OpenFiles, defineKinds: () => void): Promise<boolean> {
  try {
    await opened.readyForUploads()
    defineKinds()
    return true
  } catch (error) {
    if (!isTitofistoError(error)) throw error
    // It would pass, and nobody would look again.
    if (error.code === 'storage-unavailable') throw refused(error.message, error)
    console.error(`titofisto: warning: no uploads are taken. ${error.message}`)
    return false
  }
}
