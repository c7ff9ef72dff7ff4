// docs/clients.md shows the lines that the tests run, and no others.

import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { projectFolder } from '../../tools/project.mjs'

describe('docs/clients.md', () => {
  const text = readFileSync(path.join(projectFolder, 'docs/clients.md'), 'utf8')
  const blocks = [...text.matchAll(/^```\w+\n([^]*?)^```$/gm)].map((match) => match[1] ?? '')
  const programs = ['test/clients/programs', 'test/pages'].flatMap((folder) =>
    readdirSync(path.join(projectFolder, folder)).map((file) =>
      unindented(readFileSync(path.join(projectFolder, folder, file), 'utf8')),
    ),
  )

  it('has examples', () => {
    expect(blocks.length).toBeGreaterThan(20)
  })

  it.each(blocks)('shows what a program does: %s', (block) => {
    expect(programs.some((program) => program.includes(unindented(block)))).toBe(true)
  })
})

/** The lines as they stand below each other, wherever that is. */
function unindented(code: string): string {
  return `\n${code.replaceAll(/^[ \t]+/gm, '')}`
}
