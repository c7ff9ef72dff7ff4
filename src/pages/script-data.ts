// What the upload page's script reads from its form. A file of its own: the script is compiled for
// browsers, and the rest of the page for the server.

import type { Speech } from './words/speech.ts'

/** What the script must know, as JSON. */
export interface ScriptData extends Speech {
  readonly maxBytes: number
  readonly minBytes: number
  readonly maxFiles: number
  /** The most bytes of all files together. */
  readonly maxTotalBytes: number
  readonly accept: readonly string[] | null
  /** Whether only a form will do: the kind wants fields. */
  readonly isFormOnly: boolean
}
