import { describe, expect, expectTypeOf, it } from 'vitest'
import { TitofistoError, isTitofistoError } from './errors.ts'
import type { TitofistoErrorCode } from './error-codes.ts'

const tooLarge = new TitofistoError('upload-too-large', 'Too large.', { what: 'file', limit: 5 })

describe('a TitofistoError', () => {
  it('carries the fields of its code, its status, its cause, and a name that stays', () => {
    const cause = new Error('beneath')
    const error = new TitofistoError('name-taken', 'Taken.', { fileName: 'a/b', cause })
    expect(error).toMatchObject({ code: 'name-taken', status: 409, fileName: 'a/b', cause })
    expect(error).toBeInstanceOf(TitofistoError)
    expect(error).toBeInstanceOf(Error)
    expect(String(error)).toBe('TitofistoError: Taken.')
    expect(error.stack).toContain('errors.test')
  })

  it('has no cause where none was given', () => {
    expect(Object.hasOwn(tooLarge, 'cause')).toBe(false)
    expect(
      Object.hasOwn(new TitofistoError('storage-full', 'Full.', { cause: undefined }), 'cause'),
    ).toBe(false)
  })

  it('is narrowed by switch (error.code)', () => {
    const caught: unknown = tooLarge
    if (!isTitofistoError(caught)) return expect.unreachable()
    expectTypeOf(caught).toEqualTypeOf<TitofistoError>()
    expectTypeOf(caught.code).toEqualTypeOf<TitofistoErrorCode>()
    // @ts-expect-error -- not every error has a limit
    expect(caught.limit).toBe(5)
    switch (caught.code) {
      case 'upload-too-large':
        expectTypeOf(caught.limit).toEqualTypeOf<number>()
        expectTypeOf(caught.actual).toEqualTypeOf<number | undefined>()
        expectTypeOf(caught.what).toEqualTypeOf<'file' | 'files' | 'field' | 'form'>()
        expect(caught.limit).toBe(5)
        break
      case 'name-invalid':
      case 'name-taken':
      case 'file-missing':
      case 'file-unreadable':
        expectTypeOf(caught.fileName).toEqualTypeOf<string>()
        break
      case 'slot-args-invalid':
        expectTypeOf(caught.issues[0]).exclude<undefined>().toHaveProperty('path')
        break
      case 'storage-failed':
        // @ts-expect-error -- nothing but a cause
        expect(caught.limit).toBeUndefined()
        break
      default:
        expect.unreachable()
    }
  })

  it('is narrowed by instanceof as by isTitofistoError', () => {
    const caught: unknown = tooLarge
    if (!(caught instanceof TitofistoError)) return expect.unreachable()
    expectTypeOf(caught).toEqualTypeOf<TitofistoError>()
    if (caught.code === 'upload-offset-mismatch') expectTypeOf(caught.expected).toBeNumber()
  })

  it('demands the fields of its code of whoever makes one', () => {
    expectTypeOf(tooLarge).toEqualTypeOf<TitofistoError<'upload-too-large'>>()
    // @ts-expect-error -- whose name?
    expect(new TitofistoError('name-taken', 'Taken.').code).toBe('name-taken')
    // @ts-expect-error -- which limit?
    expect(new TitofistoError('upload-too-small', 'Small.', { actual: 1 }).code).toBe(
      'upload-too-small',
    )
    // @ts-expect-error -- the field of another code
    expect(new TitofistoError('storage-full', 'Full.', { limit: 5 }).code).toBe('storage-full')
    // @ts-expect-error -- no such code
    const wrong = () => new TitofistoError('name-gone', 'Gone.')
    expect(wrong).toBeTypeOf('function')
  })
})

describe('getResponse', () => {
  it('answers for an upload that is refused, as HTTPException of Hono does', async () => {
    const error = new TitofistoError('upload-too-large', 'The upload is larger than 10 bytes.', {
      what: 'file',
      limit: 10,
    })
    const response = error.getResponse?.()
    expect([response?.status, await response?.text()]).toEqual([
      413,
      'The upload is larger than 10 bytes.\n',
    ])
    expect(Object.keys(error)).not.toContain('getResponse')
  })

  it.each([
    new TitofistoError('upload-already-read', 'It was read.'),
    new TitofistoError('storage-full', 'No room.'),
    new TitofistoError('file-missing', 'There is no a.txt.', { fileName: 'a.txt' }),
  ])('is not there where the words are not for clients: $code', (error) => {
    expect('getResponse' in error).toBe(false)
  })
})
