/** What a slot of the command line is bound to. */
export interface SlotArgs {
  /** What a kept file's name begins with: `inbox/`, or `''`. */
  readonly prefix: string
  /** Whether the uploader is told the SHA-256 of what was kept. */
  readonly sha256: boolean
}
