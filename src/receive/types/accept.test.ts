import { describe, expect, it } from 'vitest'
import { parseDeclaredType, whyTypeRefused } from './accept.ts'

describe('a declared type', () => {
  it('is taken in lower case, without its parameters', () => {
    expect(parseDeclaredType('Text/HTML; charset=utf-8')).toBe('text/html')
  })

  it.each([undefined, '', 'jpeg', 'image/', '/png', 'image/png image/gif', 'image/p ng'])(
    'says nothing where it is no media type: %s',
    (text) => {
      expect(parseDeclaredType(text)).toBe('application/octet-stream')
    },
  )
})

describe('types that are taken', () => {
  it.each([
    ['the type itself', ['image/png'], 'image/png', 'image/png'],
    ['any of a family', ['image/*'], 'image/webp', 'image/webp'],
    ['anything where all is taken', ['*/*'], 'application/octet-stream', null],
    [
      'what shows itself, though undeclared',
      ['image/png'],
      'application/octet-stream',
      'image/png',
    ],
    ['another name of the type', ['image/jpeg'], 'image/jpg', 'image/jpeg'],
    ['a text, which shows nothing', ['text/csv'], 'text/csv', null],
    [
      'a document in its wrapping',
      ['application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      'application/zip',
    ],
    ['a picture written in XML', ['image/svg+xml'], 'image/svg+xml', 'application/xml'],
    ['such a picture, seen to be one', ['image/svg+xml'], 'image/svg+xml', 'image/svg+xml'],
    ['such a picture as one of its family', ['image/*'], 'image/svg+xml', 'image/svg+xml'],
    ['its source as a text', ['text/plain'], 'text/plain', 'image/svg+xml'],
    ['its source as XML', ['text/xml'], 'application/xml', 'image/svg+xml'],
    ['a picture under a name nobody knows', ['image/*'], 'image/foo', 'image/png'],
    ['a picture nobody can see to be one, by its full name', ['image/x-tga'], 'image/x-tga', null],
    ['such a picture beside a family', ['image/*', 'image/x-tga'], 'image/x-tga', null],
    ['any text of its family, which shows nothing', ['text/*'], 'text/csv', null],
    ['XML as one of the texts', ['text/*'], 'text/xml', 'application/xml'],
    ['a document of its family', ['application/*'], 'application/json', null],
    ['sound in the wrapping of a film', ['audio/*'], 'audio/mp4', 'video/mp4'],
    ['sound in a wrapping of its own', ['audio/*'], 'audio/ogg', 'application/ogg'],
    ['whatever calls itself a picture where all is taken', ['*/*'], 'image/foo', null],
  ])('%s', (_, accept, declared, sniffed) => {
    expect(whyTypeRefused(accept, declared, sniffed)).toBeNull()
  })

  it('everything where no list is given', () => {
    expect(whyTypeRefused(null, 'text/html', 'application/x-elf')).toBeNull()
  })
})

describe('types that are refused', () => {
  it.each([
    ['what is declared otherwise', ['image/png'], 'text/html', null],
    ['what shows itself otherwise', ['image/png'], 'image/png', 'application/x-elf'],
    ['a script that calls itself a picture', ['image/*'], 'image/png', null],
    ['a script that calls itself an unknown picture', ['image/*'], 'image/foo', null],
    ['a script that calls itself SVG', ['image/*'], 'image/svg+xml', null],
    ['a page in XML that calls itself SVG', ['image/*'], 'image/svg+xml', 'application/xml'],
    ['a script that calls itself sound', ['audio/*'], 'audio/x-foo', null],
    ['a script that calls itself a film', ['VIDEO/*'], 'video/x-foo', null],
    ['a script that calls itself a font', ['font/*'], 'font/foo', null],
    ["an archive in a picture's name", ['image/*'], 'image/foo+zip', 'application/zip'],
    ["XML in a picture's name", ['image/*'], 'image/foo+xml', 'application/xml'],
    ['a picture that calls itself a text', ['text/*'], 'text/plain', 'image/png'],
    ['what neither declares nor shows itself', ['image/png'], 'application/octet-stream', null],
    ['a mere beginning of a family', ['image/*'], 'imagery/png', null],
    ['an archive that calls itself a text', ['text/plain'], 'text/plain', 'application/zip'],
    [
      'a wrapping that nobody declared',
      ['application/epub+zip'],
      'application/octet-stream',
      'application/zip',
    ],
  ])('%s', (_, accept, declared, sniffed) => {
    expect(whyTypeRefused(accept, declared, sniffed)).toContain(accept[0])
  })
})
