import { gzipSync } from 'node:zlib'
import { array, assert, constantFrom, oneof, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatPageScript, pageScripts, readPageScript } from '../../../../tools/page-script.mjs'
import { formatFolder, type ShownEntry } from './folder-page.ts'
import { formatNow } from './now-page.ts'
import { toQr } from './qr.ts'
import { formatRequest, formatRequests } from './requests-page.ts'
import { ownerScript } from './script.ts'
import { lastSegmentOf, parentOf, showName } from './shown-name.ts'
import { plainView } from './view.ts'

describe("the script of the owner's page", () => {
  it('is made of what stands in src/cli/browse/browser/ (npm run build makes it anew)', async () => {
    expect(readPageScript(pageScripts.owner)).toBe(await formatPageScript(pageScripts.owner))
  })

  it('is small: each page has all of it', () => {
    expect(gzipSync(ownerScript).length).toBeLessThan(12 * 1024)
  })

  it('parses no markup and evaluates no text', () => {
    expect(ownerScript).not.toMatch(
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\(/,
    )
  })
})

describe('a name that is shown', () => {
  it.each([
    ['annexe\u202egpj.exe', String.raw`annexe\u{202e}gpj.exe`],
    ['a\u2066b\u2069', String.raw`a\u{2066}b\u{2069}`],
    ['zero\u200bwidth', String.raw`zero\u{200b}width`],
    ['line\u2028break', String.raw`line\u{2028}break`],
    ['tab\tnull\0', String.raw`tab\u{9}null\u{0}`],
  ])('%j hides nothing', (name, shown) => {
    expect(showName(name)).toBe(shown)
  })

  it.each(['Übersicht (1).pdf', 'صورة.jpg', '写真.png', '👩‍👩‍👧.gif', 'می‌خواهم'])(
    '%s stays as it is',
    (name) => {
      expect(showName(name)).toBe(name)
    },
  )

  it('has a last part, and the folder it is in', () => {
    expect([lastSegmentOf('a/b/c.txt'), parentOf('a/b/c.txt')]).toEqual(['c.txt', 'a/b/'])
    expect([lastSegmentOf('a/b/'), parentOf('a/b/')]).toEqual(['b', 'a/'])
    expect([lastSegmentOf('a/'), parentOf('a/')]).toEqual(['a', ''])
  })
})

describe('a QR code', () => {
  it('is a path of numbers, and none where the URL is too long for one', () => {
    const qr = toQr('https://files.example/media/a.pdf?titofisto_token=1.2')
    expect(qr?.path).toMatch(/^(?:M\d+ \d+h\d+v1H\d+z)+$/)
    // The first row of the finder pattern, behind two light modules.
    expect(qr?.path.startsWith('M2 2h7v1H2z')).toBe(true)
    expect(toQr(`https://files.example/${'a'.repeat(1000)}`)).toBeNull()
  })
})

/** Texts that would be markup if they could. */
const said = oneof(
  string({ unit: 'binary', minLength: 1, maxLength: 40 }),
  array(
    constantFrom(
      '<',
      '>',
      '"',
      "'",
      '`',
      '&',
      '=',
      '</title>',
      '<script>',
      '<!--',
      ' onload=',
      'a',
    ),
    {
      minLength: 1,
      maxLength: 12,
    },
  ).map((parts) => parts.join('')),
)

/** Everything that is shown, with a text in each place where somebody else's stands. */
function partsWith(text: string): readonly string[] {
  const name = `${text.replaceAll('/', '_')}.png`
  const file: ShownEntry = { kind: 'file', name, sizeBytes: 1, mtimeMs: 0, pictureUrl: `/${text}` }
  const entries: readonly ShownEntry[] = [file, { kind: 'folder', name: `${name}/` }]
  const listed = { entries, note: text, next: { after: text }, previous: { page: 1 } }
  const request = {
    id: 'AAAAAAAAAAAAAAAAAAAAAA',
    url: text,
    state: 'open',
    title: text,
    uploadCount: 1,
    waitingCount: 1,
    maxUploads: 2,
    createdMs: 0,
    untilMs: 0,
    perPersonName: true,
    hasPassword: true,
  } as const
  const row = { key: text, title: text, detail: text, share: 0.5, slotId: text }
  return [
    ...(['list', 'grid'] as const).map((layout) =>
      formatFolder({
        view: { ...plainView, layout, folder: `${name}/`, search: text },
        takesUploads: true,
        ...listed,
      }),
    ),
    formatRequests({
      requests: [request],
      hasMore: true,
      takesUploads: true,
      folder: text,
      madeId: request.id,
    }),
    formatRequest(request, [{ person: text, state: text, savedNames: [text], handledMs: 0 }]),
    formatNow({ transfers: [row], slots: [row], hasMore: true }),
  ].map(String)
}

/** The tags, with the names of their attributes: what a parser makes elements of. */
function skeletonOf(markup: string): readonly string[] {
  return (markup.match(/<[^>]*>/g) ?? []).map((tag) => tag.replaceAll(/"[^"]*"/g, '""'))
}

describe("promise 16, of the owner's page: a part", () => {
  it('has the same elements and attributes, whatever files, people and slots are called', () => {
    const plain = partsWith('x').map(skeletonOf)
    assert(
      property(said, (text) => {
        expect(partsWith(text).map(skeletonOf)).toEqual(plain)
      }),
    )
  })
})
