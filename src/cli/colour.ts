// Colour where a terminal has it: never in a file or a pipe, and not for who said NO_COLOR
// (https://no-color.org).

/** Ways to set a text off; each gives the text as it is where there is no colour. */
export interface Colours {
  readonly isOn: boolean
  bold(text: string): string
  dim(text: string): string
  link(text: string): string
}

/** The colours of a stream. */
export function coloursOf(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): Colours {
  const isOn = stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
  const paint = (begin: number, end: number) => (text: string) =>
    isOn ? `\u001b[${begin}m${text}\u001b[${end}m` : text
  return { isOn, bold: paint(1, 22), dim: paint(2, 22), link: paint(36, 39) }
}
