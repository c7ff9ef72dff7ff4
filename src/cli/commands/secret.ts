// `titofisto secret`: a new secret, for TITOFISTO_SECRET.

import { makeSecret } from '../settings/find-secrets.ts'
import { wrongUsage } from '../cli-failure.ts'
import type { Command } from '../command.ts'

/** `titofisto secret`. */
export const secretCommand: Command = {
  flags: { texts: [], switches: [] },
  help: `Usage: titofisto secret

Prints a new secret: 256 random bits as 43 characters.

  echo "TITOFISTO_SECRET=$(titofisto secret)" >> .env
  titofisto serve --settings-file .env

To change a secret without breaking links, put the new one before the old one, with a space
between them: the first signs, all are taken.
`,
  run(args) {
    if (args.positionals.length > 0) throw wrongUsage('"titofisto secret" takes no arguments.')
    console.log(makeSecret())
    return 0
  },
}
