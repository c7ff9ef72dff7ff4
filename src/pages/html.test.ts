import { assert, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { markup, ownMarkup } from './html.ts'

describe('html', () => {
  it('escapes text, in content and in attributes', () => {
    const text = `<b title="it's">&\``
    expect(String(markup`<p title="${text}">${text}</p>`)).toBe(
      '<p title="&#60;b title=&#34;it&#39;s&#34;&#62;&#38;&#96;">&#60;b title=&#34;it&#39;s&#34;&#62;&#38;&#96;</p>',
    )
  })

  it('takes what templates made as it is, and lists of it', () => {
    expect(
      String(markup`<ul>${['a', '<b>'].map((text) => markup`<li>${text}</li>`)}${null}</ul>`),
    ).toBe('<ul><li>a</li><li>&#60;b&#62;</li></ul>')
    expect(String(markup`${ownMarkup('<br>')}${3}`)).toBe('<br>3')
  })

  it('takes nothing else for markup, whatever it looks like', () => {
    const posed = { toString: () => '<script>' } as unknown as string
    expect(String(markup`${posed}`)).toBe('&#60;script&#62;')
  })

  it('lets no text out of its place', () => {
    assert(
      property(string({ unit: 'binary', maxLength: 40 }), (text) => {
        const made = String(markup`<p title="${text}">${text}</p>`)
        expect(made.match(/[<>"]/g)?.join('')).toBe('<""><>')
      }),
    )
  })

  it('has nothing that no document may hold', () => {
    expect(String(markup`${'a\0b\ud800c\u0085'}`)).toBe('a\ufffdb\ufffdc\ufffd')
  })
})
