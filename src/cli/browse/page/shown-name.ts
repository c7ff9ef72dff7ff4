// How a file's name stands in the owner's page: as people read it, and as it really is.

/**
 * A name whose characters are all to be seen. What shows nothing, or turns the letters behind it
 * around (U+202E makes `annexe` and `gpj.exe` look like a picture), is shown by its number. Joiners stay: many
 * scripts and pictures need them.
 */
export function showName(name: string): string {
  return name.replaceAll(
    /[^\P{C}\u200c\u200d]|[\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
}

/** The part of a name, or of a folder's name with its slash, that it has in its folder. */
export function lastSegmentOf(name: string): string {
  const path = name.endsWith('/') ? name.slice(0, -1) : name
  return path.slice(path.lastIndexOf('/') + 1)
}

/** The folder that a name, or a folder's name, is in: `''` or with a slash at its end. */
export function parentOf(name: string): string {
  return name.slice(0, name.length - lastSegmentOf(name).length - (name.endsWith('/') ? 1 : 0))
}

/** Some letters for a file that has no picture: its suffix. */
export function badgeOf(name: string): string {
  const suffix = /\.([A-Za-z0-9]{1,5})$/.exec(name)?.[1] ?? ''
  return suffix.slice(0, 4)
}
