// Gathers the parts of a form: files into the spool, text fields into memory, both within limits.
// What can't be understood ends it with a reason, since a file that vanishes is worse than an error.

import { TitofistoError } from '../../errors.ts'
import { createBacklog, type Backlog } from '../spool/backlog.ts'
import { createFieldIntake, decodeText } from './field-intake.ts'
import { checkHeadType, FileIntake, mostTotalBytes } from '../intake/file-intake.ts'
import { createPieceWatch } from '../intake/file-pieces.ts'
import type { Inflow } from '../intake/read-body.ts'
import { checkFormBytes, maxParts } from './form-head.ts'
import { FormParser, PendingBytes, type PartTaker } from './form-parser.ts'
import { isJsonType, readPartHead, type PartHead } from './part-head.ts'
import type {
  ReceivedField,
  ReceivedFile,
  ReceivedUpload,
  Reception,
  UploadTaker,
} from '../intake/reception.ts'

type FileHead = Extract<PartHead, { kind: 'file' }>
type FieldHead = Extract<PartHead, { kind: 'field' }>

/** A whole part that may be a field or a file. */
interface UndecidedPart {
  readonly head: FileHead
  readonly bytes: Buffer
}

/** Takes a form's bytes; its end is refused where it is cut short, or has no file. */
export class FormIntake implements UploadTaker {
  readonly #reception: Reception
  readonly #inflow: Inflow
  readonly #backlog: Backlog
  readonly #parser: FormParser
  #formBytes = 0
  #partCount = 0
  #fileCount = 0
  #fileBytes = 0
  readonly #intakes: FileIntake[] = []
  /** Each file in the order it began; it settles when the file is closed. */
  readonly #files: Promise<ReceivedFile>[] = []
  readonly #fields: (ReceivedField | UndecidedPart)[] = []
  /** Where the fields have limits of their own: how many files each has brought. */
  readonly #countByField = new Map<string, number>()
  readonly #watchPieces = createPieceWatch()
  #charset = 'utf-8'
  #failure: { readonly error: unknown } | null = null

  constructor(boundary: string, reception: Reception, inflow: Inflow) {
    this.#reception = reception
    this.#inflow = inflow
    this.#backlog = createBacklog(inflow)
    this.#parser = new FormParser(boundary, { begin: (head) => this.#beginPart(head) })
  }

  take(chunk: Buffer): void {
    this.#formBytes += chunk.length
    checkFormBytes(this.#formBytes, this.#reception.limits)
    this.#parser.write(chunk)
  }

  #beginPart(rawHead: string): PartTaker {
    const { limits } = this.#reception
    this.#partCount += 1
    if (this.#partCount > maxParts(limits)) throw tooMany('parts', maxParts(limits))
    const head = readPartHead(rawHead)
    if (head.kind === 'field') return this.#beginField(head)
    const isNamed = head.originalName !== 'blob' || !isJsonType(head.type)
    // As a field of no schema it would be passed over, and no limit of its field would hold it.
    const isOfFiles = this.#reception.fieldLimits?.has(head.fieldName) === true
    const isFile = isNamed || isOfFiles || !this.#hasRoomForField()
    return isFile ? this.#beginFile(head) : this.#beginBlob(head)
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#inflow.fail(error)
  }

  async end(): Promise<ReceivedUpload> {
    this.#parser.end()
    const { minFiles = 1 } = this.#reception
    if (this.#files.length === 0 && minFiles > 0) this.#takeUndecidedAsFiles()
    const fields = this.#fields.map((field) => ('head' in field ? toJsonField(field) : field))
    const files = await Promise.all(this.#files)
    if (this.#failure !== null) throw this.#failure.error
    if (files.length < minFiles) throw tooFew(files.length, minFiles)
    return { files, fields }
  }

  async discard(): Promise<void> {
    await Promise.all(this.#intakes.map((intake) => intake.discard()))
  }

  #beginFile(head: FileHead): PartTaker {
    let intake: FileIntake | null = null
    return {
      take: (chunk) => {
        intake ??= this.#openFile(head)
        // First, so that one file that is too large is not called too many bytes of several.
        intake.take(chunk)
        this.#countFileBytes(chunk.length)
      },
      end: () => {
        // A page with two file inputs, one left empty, sends a part without name and bytes for it.
        if (intake === null && head.originalName === '') return
        this.#endFile(intake ?? this.#openFile(head))
      },
    }
  }

  #countFileBytes(bytes: number): void {
    const mostBytes = mostTotalBytes(this.#reception.limits)
    this.#fileBytes += bytes
    if (this.#fileBytes > mostBytes)
      throw new TitofistoError(
        'upload-too-large',
        `The files together are larger than the ${mostBytes} bytes that are taken here. Send less.`,
        { what: 'files', limit: mostBytes, actual: this.#fileBytes },
      )
  }

  #openFile(head: FileHead): FileIntake {
    const { maxFiles } = this.#reception.limits
    this.#fileCount += 1
    if (this.#fileCount > maxFiles) throw tooMany('files', maxFiles)
    const reception = this.#receptionOf(head.fieldName)
    checkHeadType(reception.limits, head)
    const intake = new FileIntake({
      reception,
      head,
      index: this.#fileCount - 1,
      backlog: this.#backlog,
      after: this.#intakes.at(-1)?.closed ?? null,
      onFailure: (error) => this.#fail(error),
    })
    this.#intakes.push(intake)
    return intake
  }

  /** What a file of a field must keep to. */
  #receptionOf(fieldName: string): Reception {
    const { fieldLimits } = this.#reception
    if (fieldLimits === undefined) return this.#reception
    const limits = fieldLimits.get(fieldName)
    if (limits === undefined) throw fieldNotTaken(fieldName, [...fieldLimits.keys()])
    const count = (this.#countByField.get(fieldName) ?? 0) + 1
    if (count > limits.maxFiles) throw tooMany('files', limits.maxFiles, fieldName)
    this.#countByField.set(fieldName, count)
    return { ...this.#reception, limits }
  }

  #endFile(intake: FileIntake): void {
    const file = intake.end()
    // Told at once, so that the sender need not go on; and told again by end().
    file.catch((error: unknown) => this.#fail(error))
    this.#files.push(file)
  }

  #hasRoomForField(): boolean {
    return this.#fields.length < this.#reception.limits.maxFields
  }

  #beginField(head: FieldHead): PartTaker {
    const { limits } = this.#reception
    if (!this.#hasRoomForField()) throw tooMany('fields', limits.maxFields)
    const { fieldName, charset, isJson } = head
    const intake = createFieldIntake(limits)
    return {
      take: (chunk) => intake.take(chunk),
      end: () => {
        const text = intake.text(charset ?? (isJson ? 'utf-8' : this.#charset))
        this.#fields.push(isJson ? [fieldName, text, 'json'] : [fieldName, text])
        this.#watchPieces(fieldName, text)
        // RFC 7578 4.6: a form in another encoding says so in this field.
        if (fieldName === '_charset_') this.#charset = text
      },
    }
  }

  /**
   * A browser that is given JSON as a Blob calls it `blob`, having no name for it: beside files it is
   * a field, where no file comes it is the file.
   */
  #beginBlob(head: FileHead): PartTaker {
    const begun = new PendingBytes()
    let file: PartTaker | null = null
    return {
      take: (chunk) => {
        if (file === null && begun.length + chunk.length > this.#reception.limits.maxFieldBytes) {
          file = this.#beginFile(head)
          if (begun.length > 0) file.take(begun.view())
        }
        if (file === null) begun.append(chunk)
        else file.take(chunk)
      },
      end: () => {
        if (file === null) this.#fields.push({ head, bytes: Buffer.from(begun.view()) })
        else file.end()
      },
    }
  }

  #takeUndecidedAsFiles(): void {
    for (const part of this.#fields.splice(0)) {
      if (!('head' in part)) {
        this.#fields.push(part)
        continue
      }
      const file = this.#beginFile(part.head)
      if (part.bytes.length > 0) file.take(part.bytes)
      file.end()
    }
  }
}

function toJsonField({ head, bytes }: UndecidedPart): ReceivedField {
  return [head.fieldName, decodeText(bytes, 'utf-8'), 'json']
}

function tooMany(
  what: 'files' | 'fields' | 'parts',
  limit: number,
  fieldName?: string,
): TitofistoError {
  const where = fieldName === undefined ? '' : ` in its field ${JSON.stringify(fieldName)}`
  return new TitofistoError(
    'upload-too-many',
    `The form has more ${what === 'fields' ? 'text fields' : what}${where} than the ${limit} that are taken here. Send fewer.`,
    { what, limit },
  )
}

function tooFew(count: number, minFiles: number): TitofistoError {
  const message =
    minFiles === 1
      ? 'The form has no file. Send one.'
      : `The form has ${count} of the ${minFiles} files that are needed. Send all of them.`
  return new TitofistoError('upload-malformed', message)
}

function fieldNotTaken(fieldName: string, taken: readonly string[]): TitofistoError {
  const names = taken.map((name) => JSON.stringify(name)).join(', ')
  return new TitofistoError(
    'upload-malformed',
    `The form has a file in its field ${JSON.stringify(fieldName)}; files are taken in ${names || 'none'}.`,
  )
}
