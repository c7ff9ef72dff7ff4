// `titofisto url NAME...`: links that work, one a line, and nothing else on stdout.

import { isTitofistoError } from '../../errors.ts'
import { toAbsoluteUrl } from '../absolute-url.ts'
import { exitRefused, inUsersWords, wrongUsage } from '../cli-failure.ts'
import { listIn } from '../files-in.ts'
import { hintForFile } from './meant-name.ts'
import { withFiles, type FilesBesideServer } from '../settings/open-beside-server.ts'
import { toPrintable } from '../printable.ts'
import { flagOf, helpOnSettings, linkSettings } from '../settings/settings.ts'
import { readSeconds, sourceOf } from '../settings/titofisto-settings.ts'
import type { UrlOptions } from '../../media/link.ts'
import type { Arguments } from '../arguments.ts'
import type { Command } from '../command.ts'

const linkOptions = [
  'expiresIn',
  'download',
  'contentType',
  'bind',
  'cache',
  'tokenFormat',
  'origin',
] as const

/** `titofisto url`. */
export const urlCommand: Command = {
  flags: {
    texts: [...linkSettings, ...linkOptions].map(flagOf),
    switches: ['inline', 'json', 'recursive'],
  },
  help: `Usage: titofisto url NAME... [flags]

Prints a link for each file, one a line. Names are relative to the folder that is served; one that
ends with a slash is a folder, and means each of its files. While
"titofisto serve" runs with the same state folder, links begin with its address; otherwise with
the path of --media-url, or all of it where it is an absolute URL.

  --expires-in TIME    life of the link: seconds, or 45s, 30m, 1h, 7d (default: --timeout)
  --download NAME      browsers save the file under this name ("--download=": its own)
  --inline             browsers show the file, in a sandbox where it could run scripts
  --content-type TYPE  media type to send instead of what the file's name means
  --bind VALUE         bind the link to a value that the request must give again (option bindOf)
  --cache HOW          private: browsers keep the file while the link lives; no-store: nobody
                       does (default private, for bound links no-store)
  --stable TIME        the same link for about this time, so that browsers cache (default 0)
  --token-format FORM  native or django (default: django with --interop django)
  --origin ORIGIN      what links begin with, such as https://app.example
  --recursive          of a folder: all files below it
  --json               one JSON object a line: name, url, expiresAt

${helpOnSettings(linkSettings.filter((name) => name !== 'stable'))}
Short: -e for --expires-in, -d for --download, -R for --recursive, -j for --json, -r for --root.
Exit code 1 when there is no link for one of the names; the others are printed all the same.
`,
  async run(args) {
    if (args.positionals.length === 0)
      throw wrongUsage('Which file? "titofisto url NAME..." takes at least one name.')
    const options = readUrlOptions(args)
    return withFiles(args, { needsSlots: false }, async (beside) => {
      let exitCode = 0
      for await (const name of namesOf(args, beside)) {
        const line = await makeLine(beside, name, options, args.has('json'))
        if (line === null) exitCode = exitRefused
        else console.log(line)
      }
      return exitCode
    })
  },
}

function readUrlOptions(args: Arguments): UrlOptions {
  const expiresIn = args.text('expires-in')
  const download = args.text('download')
  const contentType = args.text('content-type')
  const bind = args.text('bind')
  const tokenFormat = readWord(args, 'token-format', ['native', 'django'])
  const cache = readWord(args, 'cache', ['no-store', 'private'])
  const origin = args.text('origin')
  return {
    ...(expiresIn !== undefined && {
      expiresIn: readSeconds({ text: expiresIn, source: '--expires-in' }),
    }),
    ...(download !== undefined && { download: download === '' ? true : download }),
    ...(args.has('inline') && { inline: true }),
    ...(contentType !== undefined && { contentType }),
    ...(bind !== undefined && { bind }),
    ...(cache !== undefined && { cache }),
    ...(tokenFormat !== undefined && { tokenFormat }),
    ...(origin !== undefined && { origin }),
  }
}

function readWord<const Word extends string>(
  args: Arguments,
  flag: string,
  words: readonly Word[],
): Word | undefined {
  const text = args.text(flag)
  const word = words.find((each) => each === text)
  if (text !== undefined && word === undefined)
    throw wrongUsage(`--${flag} must be ${words.map((each) => `"${each}"`).join(' or ')}.`)
  return word
}

/** The names of the files that are meant; of an empty folder, its own, for which there is no link. */
async function* namesOf(args: Arguments, { files }: FilesBesideServer): AsyncGenerator<string> {
  for (const name of args.positionals) {
    if (!name.endsWith('/')) {
      yield name
      continue
    }
    let count = 0
    for await (const entry of listIn(files.storage, name, args.has('recursive')))
      if (!('folder' in entry)) {
        count += 1
        yield entry.name
      }
    if (count === 0) yield name
  }
}

/** `null` where there is no link, which is said on stderr. */
async function makeLine(
  beside: FilesBesideServer,
  name: string,
  options: UrlOptions,
  asJson: boolean,
): Promise<string | null> {
  const { files, settings, origin } = beside
  try {
    const made = await files.url(name, options)
    const url = toAbsoluteUrl(made, origin)
    if (!asJson) return url
    const { expiresAt } = await files.explain(
      made,
      options.bind === undefined ? {} : { bind: options.bind },
    )
    return JSON.stringify({ name, url, expiresAt: expiresAt?.toISOString() ?? null })
  } catch (error) {
    const failure = inUsersWords(
      error,
      (option) => sourceOf(option, settings) ?? `--${flagOf(option)}`,
    )
    // A RangeError is about this file alone: its time can't stand in Django's token.
    if (!isTitofistoError(failure) && !(failure instanceof RangeError)) throw failure
    console.error(
      `titofisto: ${toPrintable(name)}: ${failure.message}${await hintForFile(beside, name)}`,
    )
    return null
  }
}
