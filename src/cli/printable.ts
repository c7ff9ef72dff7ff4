// Makes text from strangers safe to show on terminals and to keep in logs.

/**
 * A text in which nothing steers a terminal, turns the direction of what follows, or begins a line
 * of its own: such characters are shown by their numbers.
 */
export function toPrintable(text: string): string {
  return text.replaceAll(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
}
