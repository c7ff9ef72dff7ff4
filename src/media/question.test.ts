import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseFileName } from '../storage/names/file-name.ts'
import { readQuestion } from './question.ts'
import type { Layout } from './question.ts'

const layout: Layout = {
  mountPath: '/media/',
  param: 't',
  publicNamespace: 'public/',
  uploadNamespace: 'upload/',
}

function kindOf(target: string, changed: Partial<Layout> = {}) {
  return readQuestion(target, { ...layout, ...changed }).kind
}

describe('a target', () => {
  it.each([
    ['/media/a.png?t=x', { kind: 'token', name: 'a.png', token: 'x' }],
    ['/media/a%20b/%C3%A9?t=x', { kind: 'token', name: 'a b/é', token: 'x' }],
    ['/media/a?t=', { kind: 'token', name: 'a', token: '' }],
    ['http://host/media/a?t=x', { kind: 'token', name: 'a', token: 'x' }],
    ['/media/public/a', { kind: 'public', name: 'public/a' }],
    ['/media/public/a?t=x&t=y', { kind: 'public', name: 'public/a' }],
    ['/media/%70ublic%2Fa', { kind: 'public', name: 'public/a' }],
    ['/media/upload/x/y', { kind: 'slot', rest: 'x/y' }],
    ['/media/upload/', { kind: 'slot', rest: '' }],
  ])('%s is understood', (target, question) =>
    expect(readQuestion(target, layout)).toEqual(question),
  )

  it.each(['/', '/media', '/medias/a?t=x', '/Media/a?t=x', '//media/a', '*', '/x/media/a', ''])(
    '%j is foreign',
    (target) => expect(kindOf(target)).toBe('foreign'),
  )

  it.each([
    '/media/',
    '/media/?t=x',
    '/media//a?t=x',
    '/media/./a?t=x',
    '/media/../a?t=x',
    '/media/a/../b?t=x',
    '/media/%2e%2e/a?t=x',
    '/media/..%2fa?t=x',
    '/media/a%5Cb?t=x',
    '/media/a\\b?t=x',
    '/media/a%00?t=x',
    '/media/a%0A?t=x',
    '/media/a/?t=x',
    '/media/%E9?t=x',
    '/media/a\u00e9?t=x',
    '/media/%?t=x',
    `/media/${'a'.repeat(1025)}?t=x`,
    '/media/a',
    '/media/a?x=t',
    '/media/a?t=x&t=x',
    '/media/a?t=x&%74=y',
  ])('%s is malformed', (target) => expect(kindOf(target)).toBe('malformed'))
})

describe('the public namespace', () => {
  // The original's worst: decided on raw text before the path was resolved (weakness `public-dotdot`).
  it.each([
    '/media/public/../a',
    '/media/public/%2e%2e/a',
    '/media/public/..%2fa',
    '/media/public/.%2e/a',
    '/media/public/./a',
    '/media/public//a',
    '/media/public/',
    '/media/public%5C..%5Ca',
    '/media/public/%252e%252e%2f..%2fa',
  ])('is not a way around the token: %s', (target) => expect(kindOf(target)).toBe('malformed'))

  it.each([
    '/media/public?t=x',
    '/media/publicity?t=x',
    '/media/Public/a?t=x',
    '/media/x/public/a?t=x',
  ])('ends at the border of a segment: %s', (target) => expect(kindOf(target)).toBe('token'))

  it('can be turned off', () =>
    expect(kindOf('/media/public/a?t=x', { publicNamespace: null })).toBe('token'))
})

describe('the upload namespace', () => {
  it('is a name like any other where there are no slots', () =>
    expect(kindOf('/media/upload/a?t=x', { uploadNamespace: null })).toBe('token'))
})

describe('whatever is asked', () => {
  it('gives only names that obey the rule', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'/.%2eEfF5cC0?&=tpublicx\\'.split('')) }),
        (text) => {
          const question = readQuestion(`/media/${text}`, layout)
          if ('name' in question) expect(parseFileName(question.name)).toBe(question.name)
          if (question.kind === 'public') expect(question.name.startsWith('public/')).toBe(true)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('a token-free name decodes to one below public/ after one decoding', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const question = readQuestion(`/media/${encodeURIComponent(text)}`, layout)
        expect(question.kind === 'public').toBe(
          text.startsWith('public/') && parseFileName(text) !== null,
        )
      }),
    )
  })
})
