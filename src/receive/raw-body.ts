// The bytes of an upload whose body is the file. A form that goes by another name is told from one:
// else its boundaries, or its text fields, would be stored as somebody's file.

import { TitofistoError } from '../errors.ts'
import { FileIntake } from './intake/file-intake.ts'
import type { Inflow } from './intake/read-body.ts'
import type { Reception, UploadTaker } from './intake/reception.ts'
import { createBacklog } from './spool/backlog.ts'
import { formWithoutFiles, type RawHead } from './upload-head.ts'

/** Makes what takes a bare body. */
export function createRawTaker(
  { file, isUrlencoded }: RawHead,
  reception: Reception,
  inflow: Inflow,
): UploadTaker {
  const intake = new FileIntake({
    reception,
    head: file,
    index: 0,
    backlog: createBacklog(inflow),
    after: null,
    onFailure: (error) => inflow.fail(error),
  })
  const check = createBodyCheck(isUrlencoded)
  return {
    take(chunk) {
      check.take(chunk)
      intake.take(chunk)
    },
    async end() {
      check.end()
      return { files: [await intake.end()], fields: [] }
    },
    discard: () => intake.discard(),
  }
}

/** Looks at passing bytes. */
export interface BodyCheck {
  /** @throws TitofistoError `upload-malformed` where they are a form's. */
  take(chunk: Buffer): void
  /** @throws TitofistoError `upload-malformed`, `upload-type-refused` where they were a form's. */
  end(): void
}

/** Makes a check that bytes are a file's; `isUrlencoded`: they may be names and values as well. */
export function createBodyCheck(isUrlencoded: boolean): BodyCheck {
  const start = createStartCheck()
  const fields = isUrlencoded ? createFieldsCheck() : null
  return {
    take(chunk) {
      start.take(chunk)
      fields?.take(chunk)
    },
    end() {
      start.end()
      fields?.end()
    },
  }
}

/** Bytes in which a form's first part would show. */
const startBytes = 1024

/** A boundary, and a part of a form behind it: a client has overwritten the Content-Type of its form. */
const formStart =
  /^(?:\r?\n)?--[^\r\n]{1,80}\r?\n(?:[^\r\n]+\r?\n){0,8}content-disposition:[ \t]*form-data[ \t]*;/i

function createStartCheck(): BodyCheck {
  let start: Buffer | null = Buffer.alloc(0)
  const end = (): void => {
    if (start === null || !formStart.test(start.toString('latin1'))) return
    throw new TitofistoError(
      'upload-malformed',
      "The body is a form, but its Content-Type doesn't say so. Let the HTTP library set the Content-Type.",
    )
  }
  return {
    take(chunk) {
      if (start === null) return
      start = Buffer.concat([start, chunk.subarray(0, startBytes - start.length)])
      if (start.length < startBytes) return
      end()
      start = null
    },
    end,
  }
}

/**
 * What many programs call every body, a page calls its form: that is told by what it holds, since
 * nothing else but names and values is written in these characters alone, with `=` between them.
 */
function createFieldsCheck(): BodyCheck {
  let isWritten = true
  let hasPair = false
  let last = ''
  return {
    take(chunk) {
      if (!isWritten) return
      const text = last + chunk.toString('latin1')
      isWritten = /^[\w.*+%&=-]*$/.test(text)
      // At the end alone, `=` is what base64 ends with.
      hasPair ||= /&|=[^=]/.test(text)
      last = text.slice(-1)
    },
    end() {
      if (isWritten && hasPair) throw formWithoutFiles()
    },
  }
}
