// Gathers the parts of a form: files into the spool, text fields into memory, both within limits.

import { TitofistoError } from '../../errors.ts'
import { createBacklog } from '../spool/backlog.ts'
import type { Backlog } from '../spool/backlog.ts'
import { createFieldIntake } from './field-intake.ts'
import { checkHeadType, createFileIntake } from '../intake/file-intake.ts'
import type { FileIntake } from '../intake/file-intake.ts'
import { maxParts } from './form-head.ts'
import type { FormTaker, PartTaker } from './form-parser.ts'
import { readPartHead } from './part-head.ts'
import type { PartHead } from './part-head.ts'
import type { ReceivedFile, ReceivedUpload, Reception } from '../intake/reception.ts'

/** What a form can do to its sender. */
export interface SenderControl {
  pause(): void
  resume(): void
  fail(error: unknown): void
}

/** A form on its way in. */
export interface FormIntake extends FormTaker {
  /**
   * Waits until all files are closed, and gives what came.
   *
   * @throws TitofistoError whatever went wrong since.
   */
  end(): Promise<ReceivedUpload>
  /** Removes what was written. Never rejects. */
  discard(): Promise<void>
}

/** Makes an intake. */
export function createFormIntake(reception: Reception, sender: SenderControl): FormIntake {
  return new SpooledForm(reception, sender)
}

type FileHead = Extract<PartHead, { kind: 'file' }>
type FieldHead = Extract<PartHead, { kind: 'field' }>

class SpooledForm implements FormIntake {
  readonly #reception: Reception
  readonly #sender: SenderControl
  readonly #backlog: Backlog
  #partCount = 0
  #fileCount = 0
  readonly #intakes: FileIntake[] = []
  /** Each file in the order it began; it settles when the file is closed. */
  readonly #files: Promise<ReceivedFile>[] = []
  readonly #fields: [name: string, value: string][] = []
  #charset = 'utf-8'
  #failure: { readonly error: unknown } | null = null

  constructor(reception: Reception, sender: SenderControl) {
    this.#reception = reception
    this.#sender = sender
    this.#backlog = createBacklog(
      () => sender.pause(),
      () => sender.resume(),
    )
  }

  begin(rawHead: string): PartTaker {
    const { limits } = this.#reception
    this.#partCount += 1
    if (this.#partCount > maxParts(limits)) throw tooMany('parts', maxParts(limits))
    const head = readPartHead(rawHead)
    return head.kind === 'file' ? this.#beginFile(head) : this.#beginField(head)
  }

  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#sender.fail(error)
  }

  async end(): Promise<ReceivedUpload> {
    const files = await Promise.all(this.#files)
    if (this.#failure !== null) throw this.#failure.error
    return { files, fields: this.#fields }
  }

  async discard(): Promise<void> {
    await Promise.all(this.#intakes.map((intake) => intake.discard()))
  }

  #beginFile(head: FileHead): PartTaker {
    let intake: FileIntake | null = null
    return {
      take: (chunk) => {
        intake ??= this.#openFile(head)
        intake.take(chunk)
      },
      end: () => {
        // A page with two file inputs, one left empty, sends a part without name and bytes for it.
        if (intake === null && head.originalName === '') return
        this.#endFile(intake ?? this.#openFile(head))
      },
    }
  }

  #openFile(head: FileHead): FileIntake {
    const { limits } = this.#reception
    this.#fileCount += 1
    if (this.#fileCount > limits.maxFiles) throw tooMany('files', limits.maxFiles)
    checkHeadType(limits, head)
    const intake = createFileIntake({
      reception: this.#reception,
      head,
      index: this.#fileCount - 1,
      backlog: this.#backlog,
      after: this.#intakes.at(-1)?.closed ?? null,
      onFailure: (error) => this.fail(error),
    })
    this.#intakes.push(intake)
    return intake
  }

  #endFile(intake: FileIntake): void {
    const file = intake.end()
    // Told at once, so that the sender need not go on; and told again by end().
    file.catch((error: unknown) => this.fail(error))
    this.#files.push(file)
  }

  #beginField(head: FieldHead): PartTaker {
    const { limits } = this.#reception
    const index = this.#fields.length
    if (index >= limits.maxFields) throw tooMany('text fields', limits.maxFields)
    const field: [name: string, value: string] = [head.fieldName, '']
    this.#fields.push(field)
    const intake = createFieldIntake(limits)
    return {
      take: (chunk) => intake.take(chunk),
      end: () => {
        field[1] = intake.text(head.charset ?? this.#charset)
        // RFC 7578 4.6: a form in another encoding says so in this field.
        if (head.fieldName === '_charset_') this.#charset = field[1]
      },
    }
  }
}

function tooMany(what: string, limit: number): TitofistoError {
  return new TitofistoError(
    'upload-too-many',
    `The form has more ${what} than the ${limit} that are taken here. Send fewer.`,
  )
}
