// What is taken, in words: `image/*` is "pictures", `.csv` is "CSV". Runs in browsers, too.

import { sayList, type Speech } from './speech.ts'

/** What a slot takes, in words; `null` where it takes anything. */
export function sayKinds(speech: Speech, accept: readonly string[] | null): string | null {
  if (accept === null || accept.includes('*/*')) return null
  return sayList(speech, [...new Set(accept.map((entry) => sayKind(speech, entry)))])
}

function sayKind({ texts }: Speech, entry: string): string {
  switch (entry) {
    case 'image/*':
      return texts.pictures
    case 'video/*':
      return texts.films
    case 'audio/*':
      return texts.sounds
    case 'text/*':
      return texts.texts
    default:
      return names.get(entry) ?? toName(entry)
  }
}

/** `.tar.gz` is "TAR.GZ", `application/vnd.some-thing` is "some-thing". */
function toName(entry: string): string {
  const name = entry.startsWith('.')
    ? entry.slice(1)
    : entry
        .replace(/^.*\//s, '')
        .replace(/^(?:x-|vnd\.)/, '')
        .replace(/\+.*$/s, '')
  return name.length <= 8 ? name.toUpperCase() : name
}

const office = 'application/vnd.openxmlformats-officedocument.'
const names: ReadonlyMap<string, string> = new Map([
  ['image/jpeg', 'JPEG'],
  ['image/svg+xml', 'SVG'],
  ['image/webp', 'WebP'],
  ['text/plain', 'TXT'],
  ['text/markdown', 'Markdown'],
  ['audio/mpeg', 'MP3'],
  ['video/quicktime', 'MOV'],
  ['application/msword', 'Word'],
  [`${office}wordprocessingml.document`, 'Word'],
  ['application/vnd.ms-excel', 'Excel'],
  [`${office}spreadsheetml.sheet`, 'Excel'],
  ['application/vnd.ms-powerpoint', 'PowerPoint'],
  [`${office}presentationml.presentation`, 'PowerPoint'],
  ['application/vnd.oasis.opendocument.text', 'OpenDocument'],
  ['application/vnd.oasis.opendocument.spreadsheet', 'OpenDocument'],
])
