// What `serve` says first: what it serves, links that work, and what to try next. Pure.

import { typeOfName } from '../http/media-type.ts'
import { formatDuration } from './duration.ts'
import { toPrintable } from './printable.ts'
import { quoteForShell } from './shell-words.ts'

/** A link to show. */
export interface WelcomeLink {
  readonly name: string
  readonly url: string
  /** A word on what is special about it, or `''`. */
  readonly remark: string
}

/** What there is to say. */
export interface WelcomeFacts {
  /** The folder as the user would name it. */
  readonly root: string
  /** Where the files are for clients. */
  readonly baseUrl: string
  readonly timeoutSeconds: number
  /** Where the secret came from, as the start of a sentence. */
  readonly secretSource: string
  readonly links: readonly WelcomeLink[]
  /** Whether there are more files than links. */
  readonly hasMore: boolean
  /** Three slots, one for each way to try; none where no uploads are taken. */
  readonly slotUrls: readonly string[]
  readonly param: string
  /** How this program is called: `titofisto`. */
  readonly command: string
}

/** Formats the words that greet whoever started a server. */
export function formatWelcome(facts: WelcomeFacts): string {
  const { root, baseUrl, links, timeoutSeconds, secretSource } = facts
  const intro = [`titofisto serves the folder ${root} at ${baseUrl}`, '']
  if (links.length === 0)
    return [
      ...intro,
      facts.hasMore
        ? 'Ask for a link:'
        : 'The folder is empty. Put a file into it, then ask for a link:',
      '',
      `  ${facts.command} url NAME`,
      '',
      ...formatSlots(facts),
      'Stop with Ctrl-C.',
      '',
    ].join('\n')
  const lines = [
    ...intro,
    ...links.flatMap(({ name, url, remark }) => [
      `  ${toPrintable(name)}${remark === '' ? '' : `  (${remark})`}`,
      `    ${url}`,
    ]),
    ...(facts.hasMore ? ['  ... and more files; "url" makes links for them.'] : []),
    '',
    timeoutSeconds === Infinity
      ? 'Links work until their file or the secret changes.'
      : `Links work for ${formatDuration(timeoutSeconds)}, or until their file or the secret changes.`,
    `${secretSource} signs them.`,
    '',
    ...formatTrials(facts),
  ]
  return lines.join('\n')
}

/** Three slots, three ways to fill one. */
function formatSlots({ slotUrls, command, root, links }: WelcomeFacts): string[] {
  const [form, bytes, tus] = slotUrls.map(quoteForShell)
  if (form === undefined || bytes === undefined || tus === undefined) return []
  const sample = links.find(isText) ?? links[0]
  const file = sample === undefined ? 'FILE' : quoteForShell(`${root}/${sample.name}`)
  return [
    '  # upload slots: each takes one upload, as a form, as bare bytes, or by tus; then it is a 404',
    `  curl -F file=@${file} ${form}`,
    `  curl -T ${file} ${bytes}`,
    `  node -e ${quoteForShell(tusScript)} ${tus}`,
    '',
    '  # another slot, and where all of them stand',
    `  ${command} slot --save-to inbox/ --max-bytes 10MB --expires-in 1h`,
    `  ${command} slots`,
    '',
  ]
}

/** Works wherever tus-js-client is installed, as in the project's own folder. */
const tusScript =
  "import('tus-js-client').then(({ Upload }) => new Upload(Buffer.from('hello'), { endpoint: process.argv[1], metadata: { filename: 'hello.txt' }, onSuccess: () => console.log('done'), onError: (error) => console.error(error.message) }).start())"

function formatTrials(facts: WelcomeFacts): string[] {
  const { links, param, command } = facts
  const signed = links.filter(({ url }) => url.includes(`?${param}=`))
  const link = signed.find(isText) ?? signed[0]
  if (link === undefined) return [...formatSlots(facts), 'Stop with Ctrl-C.', '']
  const url = quoteForShell(link.url)
  const tampered = quoteForShell(tamper(link.url))
  return [
    'Try:',
    '',
    '  # the file, and its first 16 bytes',
    // Only text is something for a terminal; anything else is saved under its name.
    isText(link) ? `  curl ${url}` : `  curl -OJ ${url}`,
    `  curl -i -r 0-15 ${url}`,
    '',
    '  # a link with one changed character: the same 404 as for a file that is not there; and why',
    `  curl -i ${tampered}`,
    `  ${command} explain ${tampered}`,
    '',
    '  # why a link works; and another one, for ten minutes and as a download',
    `  ${command} explain ${url}`,
    `  ${command} url ${quoteForShell(link.name)} --expires-in 10m --download copy-of-it`,
    '',
    ...formatSlots(facts),
    'Stop with Ctrl-C.',
    '',
  ]
}

function isText({ name }: WelcomeLink): boolean {
  return typeOfName(name).startsWith('text/plain')
}

/** Changes the first character of a token's signature, which is its last 43 characters. */
function tamper(url: string): string {
  const at = url.length - 43
  return url.slice(0, at) + (url.charAt(at) === 'A' ? 'B' : 'A') + url.slice(at + 1)
}
