// Commands to copy from the screen: they must work as they are.

import path from 'node:path'

/** A text as one word of a POSIX shell. */
export function quoteForShell(text: string): string {
  return /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}

/** How this very program is called again: `titofisto`, `npx titofisto`, or `node` and its path. */
export function ownCommand(argv: readonly string[], env: NodeJS.ProcessEnv): string {
  const script = argv[1] ?? ''
  if (env['npm_command'] === 'exec') return 'npx titofisto'
  if (path.basename(script) === 'titofisto') return 'titofisto'
  return `node ${quoteForShell(path.relative('', script))}`
}
