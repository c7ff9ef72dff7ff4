// Takes one file of an upload: counts its bytes, keeps its head to see its type, and writes it to
// the spool. Every way in ends here.

import { join } from 'node:path'
import { TitofistoError } from '../../errors.ts'
import { whyTypeRefused } from '../types/accept.ts'
import type { Backlog } from '../spool/backlog.ts'
import { cleanReceivedName } from './received-name.ts'
import type { ReceivedFile, ReceiveLimits, Reception } from './reception.ts'
import { createHeadKeeper, sniffType } from '../types/sniff.ts'
import type { HeadKeeper } from '../types/sniff.ts'
import { createSpoolWriter } from '../spool/spool-writer.ts'
import type { SpoolWriter } from '../spool/spool-writer.ts'

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

/** One file on its way in. */
export interface FileIntake {
  /** Settled once its file is closed, or was never opened and never will be. */
  readonly closed: Promise<void>
  /** @throws TitofistoError `upload-too-large` */
  take(chunk: Buffer): void
  /**
   * Ends the file and gives it, closed, and flushed if durable.
   *
   * @throws TitofistoError `upload-too-small`, `upload-type-refused`; the disk's error.
   */
  end(): Promise<ReceivedFile>
  /** Removes what was written. Never rejects. */
  discard(): Promise<void>
}

/** Makes an intake; nothing is on the disk yet. */
export function createFileIntake(setting: FileIntakeSetting): FileIntake {
  return new SpooledIntake(setting)
}

class SpooledIntake implements FileIntake {
  readonly #setting: FileIntakeSetting
  readonly #path: string
  readonly #writer: SpoolWriter
  #sizeBytes = 0
  readonly closed: Promise<void>
  #markClosed: () => void = ignore
  #keeper: HeadKeeper | null = createHeadKeeper()
  /** The types' check, begun as soon as the first bytes are there. */
  #sniffed: Promise<string | null> | null = null

  constructor(setting: FileIntakeSetting) {
    const { reception, index, backlog, after } = setting
    this.#setting = setting
    this.closed = new Promise((resolve) => {
      this.#markClosed = resolve
    })
    this.#path = join(reception.spoolFolder, `${reception.spoolPrefix}-${index}`)
    this.#writer = createSpoolWriter({
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

  take(chunk: Buffer): void {
    this.#sizeBytes += chunk.length
    checkNotTooLarge(this.#sizeBytes, this.#setting.reception.limits)
    if (this.#keeper !== null) {
      this.#keeper.take(chunk)
      if (this.#keeper.isFull) this.#sniffNow(this.#keeper)
    }
    this.#writer.write(chunk)
  }

  async end(): Promise<ReceivedFile> {
    const { head, reception } = this.#setting
    checkNotTooSmall(this.#sizeBytes, reception.limits)
    if (this.#keeper !== null) this.#sniffNow(this.#keeper)
    // Types first: a refused file that is small has then never touched the disk.
    const sniffedType = await this.#sniffed
    checkTypes(reception.limits, head.type, sniffedType ?? null)
    await this.#writer.finish()
    this.#markClosed()
    return {
      fieldName: head.fieldName,
      originalName: head.originalName,
      name: cleanReceivedName(head.originalName),
      type: head.type,
      sniffedType: sniffedType ?? null,
      sizeBytes: this.#sizeBytes,
      path: this.#path,
    }
  }

  async discard(): Promise<void> {
    await this.#writer.discard()
    this.#markClosed()
  }

  #sniffNow(keeper: HeadKeeper): void {
    const { head, reception } = this.#setting
    this.#keeper = null
    this.#sniffed = sniffType(keeper.head())
    // A wrong type ends the upload while it still comes, not after its last gigabyte.
    if (reception.limits.accept !== null)
      this.#sniffed
        .then((sniffedType) => checkTypes(reception.limits, head.type, sniffedType))
        .catch((error: unknown) => this.#setting.onFailure(error))
  }
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

/** @throws TitofistoError `upload-type-refused` */
export function checkTypes(
  limits: ReceiveLimits,
  declaredType: string,
  sniffedType: string | null,
): void {
  const reason = whyTypeRefused(limits.accept, declaredType, sniffedType)
  if (reason !== null)
    throw new TitofistoError('upload-type-refused', reason, {
      accept: limits.accept,
      declaredType,
      sniffedType,
    })
}

function ignore(): void {}
