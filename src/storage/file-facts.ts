// What is known of a file.

/** What a storage knows of one file, read in one look. All of it is plain JSON. */
export interface FileFacts {
  /** Its name in the storage, such as `reports/2026.pdf`. */
  readonly name: string
  /** How many bytes it has. */
  readonly sizeBytes: number
  /** Time of the last change of content, in whole milliseconds since 1970, cut; may be negative. */
  readonly mtimeMs: number
  /**
   * The same in nanoseconds, where the storage knows it so well: a whole number as text, since JSON's
   * numbers would round it. Django's tokens are made of it.
   */
  readonly mtimeNs?: string
  /**
   * Unchanged since this time, in milliseconds since 1970: `ctime` on a local disk, which programs
   * can't set. Two changes within one tick of the clock may show the same time.
   */
  readonly changedMs: number
  /** What a token binds besides the name; another content has another version. */
  readonly version: string
  /**
   * The strong entity tag of this content, with its quotes (RFC 9110 8.8.3): another one whenever size
   * or time of change differ, and the same on every server that has the file with both.
   */
  readonly etag: string
  /** The media type that it was saved with, where the storage keeps one; a listing may leave it out. */
  readonly contentType?: string
  /** What it was saved with besides, where the storage keeps it; a listing may leave it out. */
  readonly metadata?: FileMetadata
}

/**
 * A few words about a file: values by their names. A name is 1 to 64 of `a-z 0-9 _ -` and begins with
 * a letter; names and values have at most 2,048 bytes together, no value a control character.
 */
export type FileMetadata = Readonly<Record<string, string>>
