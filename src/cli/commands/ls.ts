// `titofisto ls [FOLDER]`: what is in the folder that is served, a line each.

import { formatSize } from '../byte-size.ts'
import { exitRefused, wrongUsage } from '../cli-failure.ts'
import { listIn, type InFolder } from '../files-in.ts'
import { hintForFolder } from './meant-name.ts'
import { withFiles } from '../settings/open-beside-server.ts'
import { toPrintable } from '../printable.ts'
import { flagOf, helpOnSettings, linkSettings } from '../settings/settings.ts'
import type { FileFacts } from '../../storage/storage.ts'
import type { Command } from '../command.ts'

/** `titofisto ls`. */
export const lsCommand: Command = {
  flags: { texts: linkSettings.map(flagOf), switches: ['recursive', 'json'] },
  help: `Usage: titofisto ls [FOLDER] [flags]

Lists the files and folders of the folder that is served, or of one in it, a line each: size, time
of the last change, name. Links for all of them: "titofisto url FOLDER/".

  --recursive          all files below it
  --json               one JSON object a line: name, sizeBytes, modifiedAt; of a folder: folder

${helpOnSettings()}
Short: -R for --recursive, -j for --json, -r for --root. Exit code 1 where nothing is there.
`,
  async run(args) {
    const [folder = '', ...others] = args.positionals
    if (others.length > 0) throw wrongUsage('"titofisto ls" takes one folder.')
    // A shell completes a folder's name as it is seen from here.
    const name = folder.replace(/^\.\/+/, '').replace(/^\.$/, '')
    return withFiles(args, { needsSlots: false }, async (beside) => {
      const entries = listIn(beside.files.storage, name, args.has('recursive'))
      const count = await printEntries(entries, args.has('json'))
      if (count > 0 || name === '') return 0
      const hint = await hintForFolder(beside, name)
      console.error(`titofisto: There is nothing in "${toPrintable(folder)}".${hint}`)
      return exitRefused
    })
  },
}

/** Gives their number. */
async function printEntries(entries: AsyncIterable<InFolder>, asJson: boolean): Promise<number> {
  let count = 0
  for await (const entry of entries) {
    count += 1
    if ('folder' in entry) console.log(asJson ? JSON.stringify(entry) : toFolderLine(entry.folder))
    else console.log(asJson ? JSON.stringify(toJson(entry)) : toLine(entry))
  }
  return count
}

const sizeWidth = 8
const timeWidth = 16

function toLine({ name, sizeBytes, mtimeMs }: FileFacts): string {
  return `${formatSize(sizeBytes).padStart(sizeWidth)}  ${toTime(mtimeMs)}  ${toPrintable(name)}`
}

function toFolderLine(folder: string): string {
  return `${'-'.padStart(sizeWidth)}  ${' '.repeat(timeWidth)}  ${toPrintable(folder)}`
}

function toJson({ name, sizeBytes, mtimeMs }: FileFacts): object {
  return { name, sizeBytes, modifiedAt: new Date(mtimeMs).toISOString() }
}

/** In local time, as `ls -l --time-style=long-iso` writes it. */
function toTime(ms: number): string {
  const at = new Date(ms)
  const two = (number: number): string => String(number).padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}`.padEnd(timeWidth)
}
