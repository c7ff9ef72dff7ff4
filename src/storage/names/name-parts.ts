// A name's folder and the part behind it.

/** The part of a name before its last slash, `''` where there is none. */
export function folderOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('/')))
}

/** The part of a name behind its last slash. */
export function lastPartOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}
