import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDisposition, mendShownName } from './content-disposition.ts'

describe('a Content-Disposition', () => {
  it.each([
    ['plain.pdf', 'attachment; filename="plain.pdf"'],
    ['two words.pdf', 'attachment; filename="two words.pdf"'],
    // RFC 8187 3.2.1: UTF-8 in percent-encoding, with a fallback for those who can't read it.
    ['Résumé.pdf', `attachment; filename="R_sum_.pdf"; filename*=UTF-8''R%C3%A9sum%C3%A9.pdf`],
    ['€ rates', `attachment; filename="_ rates"; filename*=UTF-8''%E2%82%AC%20rates`],
    ['😀.png', `attachment; filename="_.png"; filename*=UTF-8''%F0%9F%98%80.png`],
    // `'()*` are no attr-chars (RFC 8187 3.2.1).
    ["é'()*", `attachment; filename="_'()_"; filename*=UTF-8''%C3%A9%27%28%29%2A`],
    // What closes the quotes, or escapes in them (threat 17).
    ['a"b', `attachment; filename="a_b"; filename*=UTF-8''a%22b`],
    ['a\\"; x="', `attachment; filename="a__; x=_"; filename*=UTF-8''a%5C%22%3B%20x%3D%22`],
    [
      'a\r\nSet-Cookie: b',
      `attachment; filename="a__Set-Cookie_ b"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20b`,
    ],
    // Some browsers decode percent-encoding in a quoted name.
    ['100%41.txt', `attachment; filename="100_41.txt"; filename*=UTF-8''100%2541.txt`],
  ])('names %j safely', (name, header) => {
    expect(formatDisposition('attachment', name)).toBe(header)
  })

  it('may show the file too', () =>
    expect(formatDisposition('inline', 'a.png')).toBe('inline; filename="a.png"'))

  it('survives names that are no Unicode', () =>
    expect(formatDisposition('inline', 'a\ud800')).toBe(
      `inline; filename="a_"; filename*=UTF-8''a%EF%BF%BD`,
    ))

  it('has no more parameters than ours, is ASCII, and gives the name back, whatever the name', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', minLength: 1 }),
          fc.string({ unit: fc.constantFrom(...'";\\=\'*%\r\n a'.split('')), minLength: 1 }),
        ),
        (name) => {
          const header = formatDisposition('attachment', name)
          const match =
            /^attachment; filename="([\x20-\x21\x23-\x5b\x5d-\x7e]+)"(?:; filename\*=UTF-8''([A-Za-z0-9!#$&+.^_`|~%-]+))?$/.exec(
              header,
            )
          expect(match).not.toBeNull()
          const extended = match?.[2]
          expect(extended === undefined ? match?.[1] : decodeURIComponent(extended)).toBe(
            name.toWellFormed(),
          )
        },
      ),
    )
  })
})

describe('a name to save under', () => {
  it.each([
    ['Statistics Q3 / 2025.pdf', 'Statistics Q3 _ 2025.pdf'],
    ['C:\\Users\\ann\\a.txt', 'C:_Users_ann_a.txt'],
    ['../../etc/passwd', '.._.._etc_passwd'],
    ['a\r\nX: y', 'a__X: y'],
    ['a\u0000\u0085\u2028b', 'a___b'],
    ['a\ud800b', 'a\ufffdb'],
    ['.', '_'],
    ['..', '__'],
    ['. .', '___'],
    ['/', '_'],
    ['.'.repeat(300), '_'.repeat(255)],
    ['x'.repeat(256), 'x'.repeat(255)],
    [`${'x'.repeat(256)}.tar.gz`, `${'x'.repeat(252)}.gz`],
    [`a.${'x'.repeat(256)}`, `a.${'x'.repeat(253)}`],
    // Half of an emoji is no character.
    [`${'x'.repeat(254)}😀`, 'x'.repeat(254)],
    [`${'x'.repeat(250)}😀.png`, `${'x'.repeat(250)}.png`],
  ])('is made of %j', (text, name) => expect(mendShownName(text)).toBe(name))

  it.each(['a.pdf', 'é 😀.tar.gz', '.gitignore', 'x'.repeat(255), ' a ', '"a" <b>'])(
    'is %j as it is',
    (name) => expect(mendShownName(name)).toBe(name),
  )

  it('needs no second mending, is well-formed, and never too long or empty', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(...'./\\ a😀\ud83d\n'.split('')),
          minLength: 1,
          maxLength: 400,
        }),
        (text) => {
          const name = mendShownName(text)
          expect(mendShownName(name)).toBe(name)
          expect(name.isWellFormed()).toBe(true)
          expect(name.length).toBeGreaterThan(0)
          expect(name.length).toBeLessThanOrEqual(255)
          expect(name).not.toMatch(/[/\\\n]|^\.{1,2}$/)
        },
      ),
    )
  })
})
