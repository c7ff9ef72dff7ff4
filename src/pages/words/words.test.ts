import { describe, expect, it } from 'vitest'
import { createLanguageChoice } from './choose-language.ts'
import { english } from './english.ts'
import { german } from './german.ts'
import { sayKinds } from './kinds.ts'
import { sayProblem } from './problem-words.ts'
import { baseOf, fill, sayBytes, sayBytesApart, sayDuration, sayShare, saySpeed } from './speech.ts'

const speech = { lang: 'en', texts: english, base: 1024 } as const
const deutsch = { lang: 'de', texts: german, base: 1024 } as const

describe('the language of a page', () => {
  const choose = createLanguageChoice({})

  it.each([
    [undefined, 'en'],
    ['', 'en'],
    ['de', 'de'],
    ['de-AT,en;q=0.5', 'de'],
    ['en-GB,de;q=0.9', 'en'],
    ['fr,de;q=0.3,en;q=0.2', 'de'],
    ['en;q=0.2,de;q=0.3', 'de'],
    ['de;q=0,en', 'en'],
    ['fr', 'en'],
    ['*', 'en'],
    [';;q=,,=', 'en'],
  ])('is by %j %s', (field, lang) => {
    expect(choose(field).lang).toBe(lang)
  })

  it('is one that the application brings, with the words it has and English for the rest', () => {
    const chooseMore = createLanguageChoice({ texts: { 'pt-BR': { send: 'Enviar' }, ar: {} } })
    expect(chooseMore('pt-BR,en')).toMatchObject({ lang: 'pt-BR', direction: 'ltr' })
    expect(chooseMore('pt')).toMatchObject({ lang: 'pt-BR', texts: { send: 'Enviar' } })
    expect(chooseMore('pt').texts.cancel).toBe('Cancel')
    expect(chooseMore('ar-EG')).toMatchObject({ lang: 'ar', direction: 'rtl' })
  })

  it('is the one that was set, whatever the browser likes', () => {
    expect(createLanguageChoice({ lang: 'de' })('en').lang).toBe('de')
  })

  it('has other words where the application says so', () => {
    const chooseOwn = createLanguageChoice({ texts: { de: { send: 'Ab die Post' } } })
    expect(chooseOwn('de').texts).toEqual({ ...german, send: 'Ab die Post' })
  })
})

describe('the words of each language', () => {
  it.each(Object.keys(english) as (keyof typeof english)[])('put the same in: %s', (name) => {
    expect(placesIn(german[name])).toEqual(placesIn(english[name]))
  })

  function placesIn(text: string): readonly string[] {
    return (text.match(/\{\w+\}/g) ?? []).toSorted()
  }
})

describe('numbers', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1536, '1.5 kB'],
    [1024 * 1024 - 1, '1 MB'],
    [5 * 1024 * 1024, '5 MB'],
    [104_857_600, '100 MB'],
    [2.5 * 1024 ** 3, '2.5 GB'],
  ])('%i bytes are %s', (bytes, told) => {
    expect(sayBytes(speech, bytes)).toBe(told)
  })

  it('are told in the base in which the limit is round', () => {
    expect(sayBytes({ ...speech, base: baseOf(5_000_000) }, 5_000_000)).toBe('5 MB')
    expect(sayBytes({ ...speech, base: baseOf(5 * 1024 * 1024) }, 5 * 1024 * 1024)).toBe('5 MB')
    expect(sayBytes(deutsch, 1536 * 1024)).toBe('1,5 MB')
  })

  it('that are not equal never look so', () => {
    expect(sayBytesApart(speech, 104_857_601, 104_857_600)).toEqual([
      '104,857,601 bytes',
      '104,857,600 bytes',
    ])
    expect(sayBytesApart(speech, 3000, 2000)).toEqual(['2.9 kB', '2 kB'])
  })

  it('of speed and time are rough', () => {
    expect(saySpeed(speech, 1_500_000)).toBe('1.4 MB/s')
    expect([0.2, 1, 59, 60, 90, 3600, 9000].map((seconds) => sayDuration(speech, seconds))).toEqual(
      ['1 second', '1 second', '59 seconds', '1 minute', '2 minutes', '1 hour', '2.5 hours'],
    )
  })

  it('of what is not whole are never 100%', () => {
    expect([0, 0.5, 0.999, 1].map((share) => sayShare(speech, share))).toEqual([
      '0%',
      '50%',
      '99%',
      '100%',
    ])
  })
})

describe('what is taken', () => {
  it.each([
    [null, null],
    [['*/*'], null],
    [['image/*'], 'pictures'],
    [['image/jpeg', 'image/png', 'application/pdf'], 'JPEG, PNG, or PDF'],
    [['.csv', 'text/csv'], 'CSV'],
    [
      [
        'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
        'application/msword',
      ],
      'Word',
    ],
    [['application/x-something-long'], 'something-long'],
    [['video/*', '.tar.gz'], 'videos or TAR.GZ'],
  ])('%j is said as %j', (accept, told) => {
    expect(sayKinds(speech, accept)).toBe(told)
  })
})

describe('what went wrong', () => {
  it.each([
    [
      'a file too large',
      { code: 'upload-too-large', what: 'file', limit: 1024, actual: 2048 },
      '“a.png” is too large: it has 2 kB, and at most 1 kB are accepted.',
    ],
    [
      'files too large together',
      { code: 'upload-too-large', what: 'files', limit: 1024 },
      'The files are too large together: at most 1 kB are accepted.',
    ],
    [
      'a type',
      { code: 'upload-type-refused', accept: ['image/png'] },
      '“a.png” is not a kind of file that is accepted here. Accepted: PNG.',
    ],
    [
      'too many',
      { code: 'upload-too-many', what: 'files', limit: 3 },
      'These are too many files: at most 3 are accepted.',
    ],
    [
      'an empty file',
      { code: 'upload-too-small', limit: 1, actual: 0 },
      '“a.png” is empty. Choose another file.',
    ],
    [
      "the application's own words",
      { code: 'upload-rejected', detail: 'No cats, please.' },
      'No cats, please.',
    ],
    ['a link that is over', { code: 'slot-missing' }, english.gone],
    ['what a proxy took for too much', { code: 'upload-too-large', status: 413 }, english.tooMuch],
    [
      'a field too long',
      { code: 'upload-too-large', what: 'field', limit: 9 },
      english.fieldsWrong,
    ],
    ['a lost network', { code: 'network-failed' }, english.network],
    ['a file that was changed', { code: 'file-unreadable' }, english.changed],
    ['what nobody knows', { code: 'toString' }, english.unknown],
  ])('is said of %s', (_, problem, told) => {
    expect(sayProblem(speech, problem, 'a.png')).toBe(told)
  })

  it('puts nothing in that it was not given', () => {
    expect(fill('{name} {other} {toString}', { name: '{other}' })).toBe(
      '{other} {other} {toString}',
    )
  })
})
