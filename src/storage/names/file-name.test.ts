import { posix } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TitofistoError } from '../../errors.ts'
import { checkFileName, parseFileName, whyNotAFileName } from './file-name.ts'

describe('a file name', () => {
  it.each([
    'a',
    'reports/2026.pdf',
    '.hidden',
    '...',
    'a/...',
    '..x/y',
    ' leading and trailing ',
    'a:b?c#d%e.txt',
    'c:x',
    '-rf',
    '~',
    'été.txt',
    'e\u0301.txt',
    '😀.png',
    'con',
    '%2e%2e/x',
    'a\u00a0b',
    '\ufffd',
  ])('can be %j, and is kept as it is', (name) => {
    expect(parseFileName(name)).toBe(name)
  })

  it.each([
    ['', 'is empty'],
    ['..', 'has an empty, "." or ".." part between its slashes'],
    ['.', 'has an empty, "." or ".." part between its slashes'],
    ['/', 'has an empty, "." or ".." part between its slashes'],
    ['/abs', 'has an empty, "." or ".." part between its slashes'],
    ['folder/', 'has an empty, "." or ".." part between its slashes'],
    ['a//b', 'has an empty, "." or ".." part between its slashes'],
    ['a/./b', 'has an empty, "." or ".." part between its slashes'],
    ['a/../b', 'has an empty, "." or ".." part between its slashes'],
    ['../b', 'has an empty, "." or ".." part between its slashes'],
    ['a/..', 'has an empty, "." or ".." part between its slashes'],
    ['a\\b', 'has a control character or a backslash'],
    ['nul\0', 'has a control character or a backslash'],
    ['new\nline', 'has a control character or a backslash'],
    ['\u007f', 'has a control character or a backslash'],
    ['\u0085', 'has a control character or a backslash'],
    ['half \ud83d', 'is not well-formed Unicode'],
    ['\ude00 half', 'is not well-formed Unicode'],
  ])('is never %j: it %s', (text, reason) => {
    expect(whyNotAFileName(text)).toBe(reason)
    expect(parseFileName(text)).toBeNull()
  })

  it('has at most 1,024 bytes of UTF-8', () => {
    expect(parseFileName('a'.repeat(1024))).not.toBeNull()
    expect(parseFileName('a'.repeat(1025))).toBeNull()
    expect(parseFileName('é'.repeat(512))).not.toBeNull()
    expect(parseFileName(`${'é'.repeat(512)}a`)).toBeNull()
    expect(parseFileName('😀'.repeat(256))).not.toBeNull()
    expect(parseFileName(`${'😀'.repeat(256)}a`)).toBeNull()
  })

  it('is made of parts that each are a name, or it is none', () => {
    const text = fc.string({ unit: fc.constantFrom('.', '/', 'a', '\\', '\0', 'é', '\ud800') })
    fc.assert(
      fc.property(text, (tried) => {
        const isName = parseFileName(tried) !== null
        const parts = tried.split('/')
        const partsAreNames = parts.every(
          (part) => /^[.aé]+$/.test(part) && !/^\.{1,2}$/.test(part),
        )
        expect(isName).toBe(partsAreNames)
      }),
    )
  })

  it('never climbs out of a folder when it is resolved as a path', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('.', '/', 'a', '\\', ' ') }), (text) => {
        fc.pre(parseFileName(text) !== null)
        expect(posix.resolve('/root/folder', text)).toBe(`/root/folder/${text}`)
      }),
    )
  })
})

describe('checkFileName', () => {
  it('gives a good name back', () => {
    expect(checkFileName('a/b')).toBe('a/b')
  })

  it('throws name-invalid with the reason otherwise, and never the text in its words', () => {
    expect(() => checkFileName('secret/../x')).toThrow(
      new TitofistoError(
        'name-invalid',
        'This file name has an empty, "." or ".." part between its slashes.',
        { fileName: 'secret/../x' },
      ),
    )
  })

  it('takes what is no string for no name', () => {
    // @ts-expect-error -- what a program without types may pass
    expect(() => checkFileName(5)).toThrow('This file name is not a string.')
  })
})
