// The kind of slot `inbox`, for what people send to a file request of the command line: it keeps the
// files, says in the log who sent what, and gives no links, since who sends need not read.

import { cleanReceivedName } from '../../receive/intake/received-name.ts'
import { formatSize } from '../byte-size.ts'
import { nameToSave } from './save-upload.ts'
import type { Log } from '../../log.ts'
import type { SlotCall } from '../../slots/kinds/handler-call.ts'
import type { SlotKind } from '../../slots/slot-kind.ts'
import type { Titofisto } from '../../titofisto.ts'

/** What a request of the command line is bound to. */
export interface InboxArgs {
  /** What a kept file's name begins with: `inbox/`, or `''`. */
  readonly prefix: string
}

/** What a person is told of a file that was kept: what it was called where it came from. */
interface KeptFile {
  readonly name: string
  readonly sizeBytes: number
}

/** What a person who sent is told. */
export interface InboxReceipt {
  readonly files: readonly KeptFile[]
}

/** A kind of slot that keeps files for their owner. */
export type InboxKind = SlotKind<InboxArgs, Promise<InboxReceipt>>

/**
 * Defines the kind `inbox`.
 *
 * @throws TitofistoError where the folder can't be written to.
 */
export function defineInboxKind(files: Titofisto, log: Log): InboxKind {
  return files.slot<InboxArgs, undefined, Promise<InboxReceipt>>('inbox', {
    maxFiles: 1000,
    handlerTimeoutSeconds: 240,
    handler: (call) => keep(files, log, call),
  })
}

async function keep(
  files: Titofisto,
  log: Log,
  { args, files: received, slot, signal }: SlotCall<InboxArgs>,
): Promise<InboxReceipt> {
  const folder = args.prefix + folderOf(slot.person)
  const saved: string[] = []
  try {
    for (const file of received) {
      signal.throwIfAborted()
      saved.push(await file.save(nameToSave(folder, file.name), { signal }))
    }
  } catch (error) {
    // Who sent them is told that it failed, and may send everything again.
    for (const name of saved) await files.storage.delete(name)
    throw error
  }
  const who = slot.person ?? 'somebody'
  for (const [index, name] of saved.entries()) {
    const size = formatSize(received[index]?.sizeBytes ?? 0)
    log({ level: 'info', event: 'received', message: `${who} sent ${size}.`, name })
  }
  return { files: received.map(({ name, sizeBytes }) => ({ name, sizeBytes })) }
}

/** A folder for each person; a name is no path, and begins with no dot. */
function folderOf(person: string | null): string {
  return person === null
    ? ''
    : `${nameToSave('', cleanReceivedName(person.replaceAll(/[\\/]/g, '_')))}/`
}
