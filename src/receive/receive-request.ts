// An upload without a slot: in our user's own route, received into the spool, used, and gone again.

import { randomBytes } from 'node:crypto'
import { isTitofistoError, TitofistoError } from '../errors.ts'
import { secondsSince, type Events } from '../events.ts'
import { formatHolder } from '../holders/holder.ts'
import type { Incoming } from '../http/exchange.ts'
import type { Log } from '../log.ts'
import type { Storage } from '../storage/storage.ts'
import type { ReceivedField, ReceivedUpload, Reception } from './intake/reception.ts'
import { StopSign } from './intake/stop-sign.ts'
import { removeLeftOvers, toReceivedPrefix } from './left-overs.ts'
import { readFields } from './read-fields.ts'
import type { ReceiveEvent } from './receive-events.ts'
import type { Received, ReceiveRules } from './receive-options.ts'
import { receiveUpload } from './receive-upload.ts'
import { readUploadHead, type UploadHead } from './upload-head.ts'
import { SavedNames } from './saved-names.ts'
import { removeSpooled } from './spool/remove-spooled.ts'
import { createUploadedFile } from './uploaded-file.ts'

/** What receiving is built on. */
export interface ReceiverSetting {
  readonly storage: Storage
  /** Makes the storage's spool folder. @throws TitofistoError `storage-failed` */
  readonly makeSpoolFolder: () => void
  /** Whether bytes are flushed to the disk, where a call does not say. */
  readonly durable: boolean
  readonly log: Log
  readonly events: Events<ReceiveEvent>
}

/** What our user's code does with what came: with what its options make of {@link Received}. */
export type UseReceived<Value> = (received: never) => Value | Promise<Value>

/** Receives uploads that have no slot. */
export interface Receiver {
  /**
   * Receives one; what `use` gives is given, what it throws is thrown.
   *
   * @throws TitofistoError for whatever is wrong with the upload, or with the disk.
   */
  receive<Value>(incoming: Incoming, rules: ReceiveRules, use: UseReceived<Value>): Promise<Value>
  /** Stops those that are coming in, and waits for whatever uses those that came. */
  close(): Promise<void>
}

/** Makes a receiver. */
export function createReceiver(setting: ReceiverSetting): Receiver {
  const { storage, log, events } = setting
  const stopSigns = new Set<StopSign>()
  const running = new Set<Promise<unknown>>()
  let isClosed = false
  let hasBegun = false

  async function receive<Value>(
    incoming: Incoming,
    rules: ReceiveRules,
    use: UseReceived<Value>,
  ): Promise<Value> {
    const cameMs = performance.now()
    const { upload, fields } = await begin(incoming, rules).catch((error: unknown) => {
      tellRefused(events, error)
      throw error
    })
    const bytes = upload.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    const fileCount = upload.files.length
    if (events.isHeard('upload-received'))
      events.tell({ type: 'upload-received', bytes, fileCount, seconds: secondsSince(cameMs) })
    const beganMs = performance.now()
    try {
      const saved = new SavedNames()
      const files = upload.files.map((file) => createUploadedFile(file, storage, saved))
      const received: Received<unknown, number> = { file: files[0], files, fields }
      // Its type is that of the caller's options, which the rules were made of.
      const value = await use(received as never)
      const seconds = secondsSince(beganMs)
      if (events.isHeard('upload-handled'))
        events.tell({ type: 'upload-handled', bytes, seconds, savedNames: saved.names })
      return value
    } catch (error) {
      if (events.isHeard('upload-failed'))
        events.tell({ type: 'upload-failed', bytes, seconds: secondsSince(beganMs) })
      throw error
    } finally {
      await removeSpooled(
        upload.files.map(({ path }) => path),
        log,
      )
    }
  }

  async function begin(
    incoming: Incoming,
    rules: ReceiveRules,
  ): Promise<{ readonly upload: ReceivedUpload; readonly fields: unknown }> {
    const head = readHead(incoming, rules)
    setting.makeSpoolFolder()
    // A process that died in the middle of one has left its bytes; nobody else looks for them.
    if (!hasBegun) void removeLeftOvers(storage.spoolFolder, log)
    hasBegun = true
    return take(incoming, head, rules)
  }

  async function take(
    incoming: Incoming,
    head: UploadHead,
    rules: ReceiveRules,
  ): Promise<{ readonly upload: ReceivedUpload; readonly fields: unknown }> {
    const stopSign = new StopSign()
    if (isClosed) stopSign.stop(stopReason)
    let fields: unknown
    const faults: unknown[] = []
    const reception: Reception = {
      limits: rules.limits,
      ...(rules.fieldLimits !== null && { fieldLimits: rules.fieldLimits }),
      minFiles: rules.minFiles,
      spoolFolder: storage.spoolFolder,
      spoolPrefix: toReceivedPrefix(formatHolder(randomBytes(9).toString('base64url'))),
      durable: rules.durable ?? setting.durable,
      stopSign,
      onProgress: rules.onProgress,
      checkFields: async (given: readonly ReceivedField[]) => {
        try {
          fields = await readFields(rules.fieldsSchema, given)
        } catch (error) {
          faults.push(error)
          throw error
        }
      },
    }
    stopSigns.add(stopSign)
    try {
      const upload = await receiveUpload(incoming, head, reception)
      return { upload, fields }
    } catch (error) {
      // A schema that throws is its writer's fault, and no storage's.
      throw faults.length > 0 ? faults[0] : error
    } finally {
      stopSigns.delete(stopSign)
    }
  }

  return {
    async receive(incoming, rules, use) {
      const work = receive(incoming, rules, use)
      running.add(work)
      try {
        return await work
      } finally {
        running.delete(work)
      }
    },
    async close() {
      isClosed = true
      for (const sign of stopSigns) sign.stop(stopReason)
      await Promise.allSettled(running)
    },
  }
}

const stopReason = 'The server stops.'

function tellRefused(events: Events<ReceiveEvent>, error: unknown): void {
  if (!events.isHeard('upload-refused')) return
  const { code: reason, status } = isTitofistoError(error)
    ? error
    : ({ code: 'internal-error', status: 500 } as const)
  events.tell({ type: 'upload-refused', reason, status })
}

function readHead(incoming: Incoming, rules: ReceiveRules): UploadHead {
  if (incoming.header('tus-resumable') !== undefined)
    throw new TitofistoError(
      'upload-malformed',
      'An upload in several requests, as by tus, needs an upload slot. Send all of it in one request.',
    )
  const head = readUploadHead(incoming, rules.limits)
  if (head.kind === 'raw' && (rules.fieldLimits !== null || rules.minFiles > 1))
    throw new TitofistoError(
      'upload-type-refused',
      'A form is needed here, whose fields say what each file is. Send multipart/form-data.',
      { accept: ['multipart/form-data'], declaredType: head.file.type },
    )
  return head
}
