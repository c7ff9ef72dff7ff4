#!/usr/bin/env node
// The command `titofisto`: finds the subcommand, and turns what it throws into one line and a code.

import { readFileSync } from 'node:fs'
import { isTitofistoError } from '../errors.ts'
import { findNearest } from '../nearest.ts'
import { parseArguments } from './arguments.ts'
import { CliFailure, exitRefused, exitUsage, wrongUsage } from './cli-failure.ts'
import { explainCommand } from './commands/explain.ts'
import { lsCommand } from './commands/ls.ts'
import { requestCommand } from './commands/request.ts'
import { requestsCommand } from './commands/requests.ts'
import { secretCommand } from './commands/secret.ts'
import { serveCommand } from './commands/serve.ts'
import { slotCommand } from './commands/slot.ts'
import { slotsCommand } from './commands/slots.ts'
import { sweepCommand } from './commands/sweep.ts'
import { urlCommand } from './commands/url.ts'
import type { Command } from './command.ts'

const commands: Readonly<Record<string, Command>> = {
  serve: serveCommand,
  ls: lsCommand,
  url: urlCommand,
  explain: explainCommand,
  request: requestCommand,
  requests: requestsCommand,
  slot: slotCommand,
  slots: slotsCommand,
  sweep: sweepCommand,
  secret: secretCommand,
}

const help = `Usage: titofisto COMMAND [flags]

Private files behind links that work for a while, and upload slots that work once.

  serve [FOLDER]  serve a folder, and print links for some of its files
  ls [FOLDER]     list files, with their sizes
  url NAME...     print links; of a folder, FOLDER/, for each of its files
  explain URL     say why a link works or not, and what to do
  request FOLDER  print a link by which many people send files into a folder
  requests        list the file requests
  slot            print the URL of an upload slot; slot status ID, slot revoke ID
  slots           list the upload slots
  sweep           tidy up after uploads, once; a running server does it by itself
  secret          print a new secret

"titofisto COMMAND --help" has the flags of a command. What says how and where is served is also a
variable, in the environment or in the file of --settings-file: --media-url is TITOFISTO_MEDIA_URL.
"titofisto --version" prints the version.
`

// Who reads us may stop early (`| head -1`): that is not an error, and a server goes on.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.exit(exitRefused)
  })

process.exitCode = await run(process.argv.slice(2))

async function run(words: readonly string[]): Promise<number> {
  try {
    return await runCommand(words)
  } catch (error) {
    console.error(`titofisto: ${describeFailure(error)}`)
    return error instanceof CliFailure ? error.exitCode : exitRefused
  }
}

async function runCommand([name, ...words]: readonly string[]): Promise<number> {
  switch (name) {
    case undefined:
      process.stderr.write(help)
      return exitUsage
    case '--help':
    case '-h':
    case 'help':
      process.stdout.write(help)
      return 0
    case '--version':
      console.log(readVersion())
      return 0
    default: {
      const command = Object.hasOwn(commands, name) ? commands[name] : undefined
      if (command === undefined)
        throw wrongUsage(
          `There is no command ${JSON.stringify(name)}.${meantCommand(name)} There are: ${Object.keys(commands).join(', ')}.`,
        )
      return runSubcommand(name, command, words)
    }
  }
}

function meantCommand(name: string): string {
  const meant = findNearest(name, Object.keys(commands))
  return meant === null ? '' : ` Did you mean "${meant}"?`
}

async function runSubcommand(
  name: string,
  command: Command,
  words: readonly string[],
): Promise<number> {
  try {
    const args = parseArguments(words, command.flags)
    if (!args.has('help')) return await command.run(args)
    process.stdout.write(command.help)
    return 0
  } catch (error) {
    if (error instanceof CliFailure && error.exitCode === exitUsage)
      throw wrongUsage(`${error.message} (titofisto ${name} --help)`, error)
    throw error
  }
}

/** One line; a stack only where somebody looks for our own mistakes. */
function describeFailure(error: unknown): string {
  if (process.env['TITOFISTO_DEBUG'] !== undefined && error instanceof Error)
    return error.stack ?? error.message
  if (error instanceof CliFailure || isTitofistoError(error)) return error.message
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return `${what} (this should not happen; TITOFISTO_DEBUG=1 shows more)`
}

function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
