// The snippets of the guide to the pages that people see.

import {
  closed,
  describeExamples,
  files,
  given,
  type PageExample,
} from '../support/page-examples.ts'

/** Asks as a browser does: Node's fetch() says of itself that it is a script's. */
const browse = `
const browse = async (url: string) =>
  (await files.fetch(new Request(new URL(url, 'http://localhost'), { headers: { Accept: 'text/html' } }))).text()
`

const examples: readonly PageExample[] = [
  {
    page: 'pages',
    snippet: 0,
    says: 'a slot with a page in the words of whoever asks',
    beginning: files,
    ending: `${browse}
const html = await browse(url)
console.log(html.includes('>Photos of the summer fair</h1>'), html.includes('Thank you! Ann, class 4b'))
${closed}`,
    prints: 'true true\n',
  },
  {
    page: 'pages',
    snippet: 1,
    says: 'words of each slot',
    beginning: files,
    ending: `${browse}
console.log((await browse(await report.url({ course: 'botany' }))).includes('>Your report for botany</h1>'))
${closed}`,
    prints: 'true\n',
  },
  {
    page: 'pages',
    snippet: 2,
    says: 'how all pages look and speak',
    beginning: `import { writeFileSync } from 'node:fs'
writeFileSync('logo.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>')
${given}`,
    ending: `${browse}
const html = await browse('/media/none.txt')
console.log(html.includes('Elm Street School'), html.includes('#146c43'), html.includes('data:image/svg+xml;base64,'))
${closed}`,
    prints: 'true true true\n',
  },
]

describeExamples(examples)
