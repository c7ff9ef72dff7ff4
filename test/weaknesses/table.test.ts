// docs/weaknesses.md has a row for each weakness of the original, and behind each row a test.

import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { projectFolder } from '../../tools/project.mjs'

/** What was seen by running django-titofisto 1.1.0 unchanged, in the order of the page. */
const weaknesses = `
  public-dotdot public-url-dotdot confusion shared-salt slot-race inline-html mtime-kept
  open-after-check public-500 csrf-reads-body symlink-out fifo public-prefix media-root-oracle
  token-in-logs no-single-use future custom-storage world-readable utf8-alias data-name

  slot-lost-on-failure slot-cache dummy-cache slot-cb-unchecked save-big-race csrf double-slash

  no-range-no-cache url-every-second expiry-early mtime-float dst-fold tz-change

  readme-setting settings-timeout-timedelta settings-at-import settings-param missing-file
  broken-link-url directory-500 names-that-never-work surrogate-name
`
  .trim()
  .split(/\s+/)

const page = readFileSync(path.join(projectFolder, 'docs/weaknesses.md'), 'utf8')
const rows = [...page.matchAll(/^\| `([^`]+)` \|(.+)\|$/gm)].map(([, id = '', rest = '']) => {
  const [original = '', here = '', shownBy = ''] = rest.split(' | ').map((cell) => cell.trim())
  return { id, original, here, shownBy }
})

describe('docs/weaknesses.md', () => {
  it('has one row for each of the 43, and no other', () => {
    expect(rows.map(({ id }) => id)).toEqual(weaknesses)
    expect(new Set(weaknesses).size).toBe(43)
  })

  it.each(rows)('$id: says what was, what is, and which test shows it', ({ id, ...row }) => {
    expect(row.original.length).toBeGreaterThan(20)
    expect(row.here).not.toBe('')
    const tests = [...row.shownBy.matchAll(/\]\(\.\.\/(test\/[^)]+)\) "([^"]+)"/g)]
    expect(tests.length, 'a test is named').toBeGreaterThan(0)
    for (const [, file = '', title = ''] of tests) {
      expect(title.startsWith(id), `the title "${title}" begins with the id`).toBe(true)
      expect(titlesOf(file), `a test of ${file}`).toContainEqual(
        expect.stringMatching(new RegExp(`^${escape(title)}(?![\\w-])`)),
      )
    }
  })
})

/** What a test file's `it` and `it.each` are called, as it stands in the source. */
function titlesOf(file: string): string[] {
  const source = path.join(projectFolder, file)
  if (!existsSync(source)) return []
  // After `it(`, or the second bracket of `it.each([...])(`, which the formatter may put on a line
  // of its own.
  const titles = readFileSync(source, 'utf8').matchAll(
    /(?:\bit(?:\.\w+)?|^\s*\]|\))\(\s*(['"`])((?:\\.|(?!\1).)*)\1/gm,
  )
  return [...titles].map(([, , title = '']) => title.replaceAll(/\\(.)/g, '$1').replaceAll('`', ''))
}

function escape(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
}
