/** A folder inside the root, held open. Whoever opened it closes it. */
export interface LocalFolder {
  /** The folder itself, reached through the descriptor. */
  readonly path: string
  /** The path of something in it, reached through the descriptor. */
  entryPath(name: string): string
  /** Flushes its list of names to the disk, where the file system can. */
  flush(): Promise<void>
  close(): void
}
