// Takes one file of an upload: counts its bytes, looks at its type, and writes it to the spool. Every way in ends here.

import { join } from 'node:path'
import { TitofistoError } from '../../errors.ts'
import { checkClaimedType, checkShownSoFar, checkShownType } from '../types/accept.ts'
import type { ClaimedType } from '../types/accept-list.ts'
import type { Backlog } from '../spool/backlog.ts'
import { cleanReceivedName } from './received-name.ts'
import type { ReceivedFile, ReceiveLimits, Reception } from './reception.ts'
import { TypeWitness, type ShownType } from '../types/sniff.ts'
import { withByteSource } from '../spool/spool-file.ts'
import { SpoolWriter } from '../spool/spool-writer.ts'

/** What is known of a file before its bytes. */
export interface FileHead {
  readonly fieldName: string | null
  readonly originalName: string | null
  /** As {@link parseDeclaredType} gives it. */
  readonly type: string
}

/** Where a file goes, and who is told. */
export interface FileIntakeSetting {
  readonly reception: Reception
  readonly head: FileHead
  /** Its number in the upload, from 0. */
  readonly index: number
  readonly backlog: Backlog
  /** The file before it, which must be closed first. */
  readonly after: Promise<unknown> | null
  onFailure(error: unknown): void
}

/** One file on its way in; nothing is on the disk at first. */
export class FileIntake {
  readonly #setting: FileIntakeSetting
  readonly #path: string
  readonly #writer: SpoolWriter
  #sizeBytes = 0
  /** Settled once its file is closed, or was never opened and never will be. */
  readonly closed: Promise<void>
  #markClosed = (): void => {}
  readonly #witness: TypeWitness
  /** What the witness knew when its type was last looked at. */
  #seen: 'nothing' | 'text' | 'binary' = 'nothing'

  constructor(setting: FileIntakeSetting) {
    const { reception, index, backlog, after } = setting
    this.#setting = setting
    this.closed = new Promise((resolve) => {
      this.#markClosed = resolve
    })
    this.#witness = new TypeWitness(reception.limits.accept !== null)
    this.#path = join(reception.spoolFolder, `${reception.spoolPrefix}-${index}`)
    this.#writer = new SpoolWriter({
      path: this.#path,
      startByte: 0,
      isAppending: false,
      isAllOrNothing: true,
      durable: reception.durable,
      backlog,
      after,
      onFailure: (error) => setting.onFailure(error),
    })
  }

  /** @throws TitofistoError `upload-too-large` */
  take(chunk: Buffer): void {
    this.#sizeBytes += chunk.length
    checkNotTooLarge(this.#sizeBytes, this.#setting.reception.limits)
    this.#witness.take(chunk)
    if (this.#setting.reception.limits.accept !== null && this.#seen !== 'binary') this.#lookEarly()
    this.#writer.write(chunk)
  }

  /**
   * Ends the file and gives it, closed, and flushed if durable.
   *
   * @throws TitofistoError `upload-too-small`, `upload-type-refused`; the disk's error.
   */
  async end(): Promise<ReceivedFile> {
    const { head, reception } = this.#setting
    checkNotTooSmall(this.#sizeBytes, reception.limits)
    const { accept } = reception.limits
    const claim = claimOf(head)
    let shown = await this.#witness.shown('end', null)
    if (shown.isUnreadZip) {
      await this.#writer.finish()
      shown = await this.#lookInside(shown)
    }
    // Types first: a refused file that is small has then never touched the disk.
    const sniffedType = checkShownType(accept, claim, shown)
    await this.#writer.finish()
    this.#markClosed()
    return toReceivedFile(head, { sniffedType, sizeBytes: this.#sizeBytes, path: this.#path })
  }

  /** Removes what was written. Never rejects. */
  async discard(): Promise<void> {
    await this.#writer.discard()
    this.#markClosed()
  }

  /** A wrong type ends the upload while it still comes, not after its last gigabyte. */
  #lookEarly(): void {
    const seen = this.#witness.isBinary ? 'binary' : 'text'
    if (seen === this.#seen || !this.#witness.isFull) return
    this.#seen = seen
    const { head, reception } = this.#setting
    this.#witness
      .shown('more', null)
      .then((shown) => checkShownSoFar(reception.limits.accept, claimOf(head), shown))
      .catch((error: unknown) => this.#setting.onFailure(error))
  }

  async #lookInside(shown: ShownType): Promise<ShownType> {
    try {
      return await withByteSource(this.#path, (source) => this.#witness.shown('end', source))
    } catch (error) {
      // Where nothing hangs on it, it is a hint that is not to be had.
      if (this.#setting.reception.limits.accept === null) return shown
      throw error
    }
  }
}

/** A file whose bytes are all in the spool. */
export function toReceivedFile(
  { fieldName, originalName, type }: FileHead,
  found: Pick<ReceivedFile, 'sniffedType' | 'sizeBytes' | 'path'>,
): ReceivedFile {
  return { fieldName, originalName, name: cleanReceivedName(originalName), type, ...found }
}

/** @throws TitofistoError `upload-too-large` */
export function checkNotTooLarge(sizeBytes: number, limits: ReceiveLimits): void {
  const mostBytes = Math.min(limits.maxBytes, mostTotalBytes(limits))
  if (sizeBytes > mostBytes)
    throw new TitofistoError(
      'upload-too-large',
      `The file is larger than the ${mostBytes} bytes that are taken here. Send a smaller one.`,
      { what: 'file', limit: mostBytes, actual: sizeBytes },
    )
}

/** The most bytes that all files of an upload may have together. */
export function mostTotalBytes({ maxTotalBytes, maxFiles, maxBytes }: ReceiveLimits): number {
  return maxTotalBytes ?? maxFiles * maxBytes
}

/** @throws TitofistoError `upload-too-small` */
export function checkNotTooSmall(sizeBytes: number, limits: ReceiveLimits): void {
  if (sizeBytes < limits.minBytes)
    throw new TitofistoError(
      'upload-too-small',
      `The file has ${sizeBytes} bytes, but ${limits.minBytes} are the fewest taken here.`,
      { limit: limits.minBytes, actual: sizeBytes },
    )
}

/** What a head says of its file's type. */
export function claimOf({ type, originalName }: FileHead): ClaimedType {
  const isNamed = originalName !== null && originalName !== ''
  return { type, name: isNamed ? cleanReceivedName(originalName) : null }
}

/** @throws TitofistoError `upload-type-refused` */
export function checkHeadType(limits: ReceiveLimits, head: FileHead): void {
  checkClaimedType(limits.accept, claimOf(head))
}
