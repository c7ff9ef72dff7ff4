// `titofisto serve`: a folder behind time tokens, until a signal says stop.

import path from 'node:path'
import { isTitofistoError } from '../../errors.ts'
import { titofistoDefaults } from '../../titofisto-options.ts'
import { createAccessLog } from '../server/access-log.ts'
import { createCommandRunner } from '../kinds/command-runner.ts'
import { CliFailure, wrongUsage } from '../cli-failure.ts'
import { makeDemoFolder } from '../demo/demo-folder.ts'
import { findSecrets, fingerprintOf } from '../settings/find-secrets.ts'
import { watchServer } from '../server/graceful-stop.ts'
import { greet } from '../server/greet.ts'
import { listen, type ListenPlace } from '../server/listen.ts'
import { openFiles } from '../settings/open-files.ts'
import { removeServerNote, writeServerNote, type ServerNote } from '../settings/server-note.ts'
import { flagOf, linkSettings, readSettings, settingNames } from '../settings/settings.ts'
import { defineExecKind, defineSaveKind } from '../kinds/slot-kinds.ts'
import { createStateFolder, statePathOf, type StateFolder } from '../settings/state-folder.ts'
import { waitForStopSignal } from '../server/stop-signal.ts'
import { readSeconds } from '../settings/titofisto-settings.ts'
import { createWebServer } from '../server/web-server.ts'
import { findUntrusted } from '../settings/working-folder.ts'
import type { Arguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import type { SettingName, Settings } from '../settings/settings.ts'

/** `titofisto serve`. */
export const serveCommand: Command = {
  flags: {
    texts: settingNames.map(flagOf),
    switches: ['demo', 'quiet', 'json'],
  },
  help: `Usage: titofisto serve [FOLDER] [flags]

Serves the files of a folder (default: the current one) to whoever has a link that still works,
and prints links for some of them. Nothing else can be read, but for files below public/.
Takes uploads through slots, whose URLs "titofisto slot" prints.

  --host ADDRESS       address to listen on (default 127.0.0.1: this machine only)
  --port PORT          port to listen on; 0 for any (default 8080, or the next free one)
  --media-url URL      where the files are for clients: a path, or an absolute URL where a proxy
                       stands before us; ends with "/" (default /media/)
  --mount-path PATH    path that we see, where a proxy cuts a part of it (default: --media-url's)
  --timeout TIME       life of a link: seconds, or 45s, 30m, 1h, 7d, never (default 1h)
  --param NAME         query parameter with the token (default titofisto_token)
  --public-namespace FOLDER  files below it need no token; "false" for none (default public/)
  --stable TIME        the same link for about this time, so that browsers cache (default 0)
  --cors FILES         what scripts of other origins may read: links, all (public files too) or
                       false (default links)
  --cross-origin-resource-policy WHO  who may embed files: same-origin, same-site or cross-origin
                       (default cross-origin for what --cors opens, else same-site)
  --interop django     take and make the tokens of django-titofisto too
  --use-tz true|false  with it: Django's USE_TZ (default true where --time-zone is UTC)
  --time-zone ZONE     with it: Django's TIME_ZONE, for USE_TZ = False (default UTC)
  --secret-file FILE   a file with the secret (default: one is generated, see below)
  --state FOLDER       private folder for the generated secret and the address of the running
                       server, by which "url" and "explain" find it (default: one in your
                       home for each folder that this is started in)
  --settings-file FILE a file with variables; a .env is not read unless you name it here
  --stop-seconds TIME  how long running downloads may take after SIGTERM or Ctrl-C (default 10)
  --tls-cert FILE, --tls-key FILE   certificate and private key in PEM, to serve over TLS
  --exec COMMAND       take uploads of kind exec: run this shell command on each, with the file in
                       $TITOFISTO_FILE; exit code 0 takes it, 75 asks for another try
  --demo               make a sample folder (default demo/), serve it, and print slots to try
  --quiet              print neither links nor requests, only our own failures
  --json               print JSON lines on stdout: the address, then requests; no links

Every flag but the last three also is a variable, in the environment or in the file of
--settings-file: TITOFISTO_PORT, TITOFISTO_MEDIA_URL, ... The folder is TITOFISTO_ROOT. TITOFISTO_EXEC is refused
in a file: it must not say what is run.
TITOFISTO_SECRET holds the secret, or several, newest first, with spaces between them: the first
signs, all are taken. "titofisto secret" makes one.

Exit code 0 after SIGTERM or Ctrl-C, 1 when it can't serve, 2 when a flag or variable is wrong.
`,
  async run(args) {
    if (args.positionals.length > 1) throw wrongUsage('"titofisto serve" takes one folder.')
    const settings = readSettings(args, process.env)
    for (const sentence of findUntrusted(settings)) console.error(`titofisto: warning: ${sentence}`)
    // First of all: where it is refused, nothing must have been made yet.
    const exec = settings.find('exec')
    const root = await chooseRoot(args, settings)
    const secrets = findSecrets(settings)
    const accessLog = createAccessLog({
      json: args.has('json'),
      quiet: args.has('quiet'),
      param: settings.find('param')?.text ?? titofistoDefaults.param,
      write: (lines) => (args.has('json') ? process.stdout : process.stderr).write(lines),
      now: Date.now,
    })
    const files = openFiles(root, secrets.secrets, settings, { log: accessLog.log })
    // Set once the server listens; no upload comes before.
    let origin = ''
    const commands = createCommandRunner()
    const takesUploads = openUploads(() => {
      defineSaveKind(files, () => origin)
      if (exec !== null) defineExecKind(files, exec.text, commands)
    })
    const stopMs = 1000 * readStopSeconds(settings)
    const place = readPlace(settings)

    const { server, isTls } = createWebServer(settings)
    const watched = watchServer(server, isTls)
    for (const event of ['request', 'checkContinue'] as const) {
      server.on(event, (req, res) => accessLog.watch(req, res))
      // The handler never rejects.
      server.on(event, (req, res) => void files.handler(req, res))
    }
    const port = await listen(server, place)
    origin = formatOrigin(isTls, place.host, port)
    const stopSignal = waitForStopSignal()
    const state = leaveNote(settings, {
      pid: process.pid,
      origin,
      fingerprint: fingerprintOf(secrets.secrets),
      settings: toNotedSettings(root, settings),
    })
    await greet(args, {
      files,
      settings,
      root,
      origin,
      secretSource: secrets.source,
      takesUploads,
    })

    await stopSignal
    if (state !== null) removeServerNote(state, process.pid)
    const running = watched.runningCount()
    if (running > 0 && !args.has('quiet'))
      console.error(
        `titofisto: stopping; ${running} running ${running === 1 ? 'request' : 'requests'} may take another ${stopMs / 1000} s. Stop again not to wait.`,
      )
    // A command may outlive its upload's connection, but not the time to stop.
    const timer = setTimeout(() => commands.stop(), stopMs)
    const cutCount = await watched.stop(stopMs)
    await files.close()
    clearTimeout(timer)
    if (cutCount > 0) console.error(`titofisto: ${cutCount} did not end in time and were cut.`)
    accessLog.flush()
    return 0
  },
}

async function chooseRoot(args: Arguments, settings: Settings): Promise<string> {
  const given = args.positionals[0] ?? settings.find('root')?.text
  if (!args.has('demo')) return given ?? '.'
  const root = given ?? 'demo'
  await makeDemoFolder(root)
  return root
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

function toNotedSettings(root: string, settings: Settings): ServerNote['settings'] {
  const noted: Partial<Record<SettingName, string>> = { root: path.resolve(root) }
  // Files are noted by absolute paths; the others run wherever they are started.
  for (const name of ['secretFile', 'settingsFile'] as const) {
    const file = settings.find(name)
    if (file !== null) noted[name] = path.resolve(file.text)
  }
  const exec = settings.find('exec')
  if (exec !== null) noted.exec = exec.text
  for (const name of linkSettings) {
    const value = settings.find(name)
    // Noted above already.
    if (value !== null && name !== 'state') noted[name] ??= value.text
  }
  return noted
}

/** Whether uploads can be taken: a folder that can't be written to is served all the same. */
function openUploads(defineKinds: () => void): boolean {
  try {
    defineKinds()
    return true
  } catch (error) {
    if (!isTitofistoError(error)) throw error
    console.error(`titofisto: warning: no uploads are taken. ${error.message}`)
    return false
  }
}
