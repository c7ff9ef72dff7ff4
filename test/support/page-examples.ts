// Snippets of pages, each compiled and run as a program of its own: with what its page takes for granted
// before it, and a look at what came of it behind it.

import { describe, expect, it } from 'vitest'
import { readSnippets, runGuide } from './guide.ts'
import { onePixelBase64 } from './one-pixel.ts'

export interface PageExample {
  readonly page: string
  readonly snippet: number
  readonly says: string
  readonly packages?: readonly string[]
  /** What the page takes for granted. */
  readonly beginning?: string
  /** Looks at what came of it, and prints that. */
  readonly ending: string
  /** `…` stands for anything. */
  readonly prints: string
  /** Run as JavaScript. */
  readonly isPlain?: boolean
}

export const files = `
import { createLocalStorage, createTitofisto } from 'titofisto'
const files = createTitofisto({
  secret: 'a secret of many letters, for examples',
  storage: createLocalStorage({ root: 'media' }),
})
`

export const given = `
import { createLocalStorage, createTitofisto } from 'titofisto'
const secret = 'a secret of many letters, for examples'
const storage = createLocalStorage({ root: 'media' })
`

export const avatar = `${files}
const avatar = files.slot('avatar', { handler: ({ file }) => file.save('avatars/me.png') })
`

export const sending = `
const send = (url: string, body: BodyInit, method = 'PUT') =>
  files.fetch(new Request(new URL(url, 'http://localhost'), { method, body }))
const png = new Blob([Buffer.from('${onePixelBase64}', 'base64')], { type: 'image/png' })
`

export const closed = 'await files.close()'

/** Runs them, and sees to it that they are all snippets of their pages, in order. */
export function describeExamples(examples: readonly PageExample[]): void {
  describe.each(examples)('$page, snippet $snippet', (example) => {
    it(`is ${example.says}`, async () => {
      const { page, snippet, packages = [], beginning = '', ending, prints, isPlain } = example
      const program = { packages, snippets: [snippet], beginning, ending }
      const said = await runGuide(page, isPlain === true ? { ...program, isPlain } : program)
      const [start = '', ...rest] = prints.split('…')
      expect(said.startsWith(start), said).toBe(true)
      for (const part of rest) expect(said).toContain(part)
      if (rest.length === 0) expect(said).toBe(prints)
    })
  })

  describe('the snippets', () => {
    const pages = [...new Set(examples.map(({ page }) => page))]

    it.each(pages)('of %s are all run', async (page) => {
      const run = examples.filter((example) => example.page === page)
      expect(run.map(({ snippet }) => snippet)).toEqual([...run.keys()])
      expect(run).toHaveLength((await readSnippets(page)).length)
    })
  })
}
