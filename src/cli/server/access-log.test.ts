import { describe, expect, it } from 'vitest'
import { createKeyring } from '../../token/keyring.ts'
import { signNativeToken } from '../../token/native.ts'
import { createAccessLog, hideTokens } from './access-log.ts'

const keyring = createKeyring(['a secret of at least 32 bytes, as asked'], 'media')
const token = signNativeToken(keyring, { name: 'a.txt', version: '1' }, 1_800_000_000, {
  lifetimeSeconds: 60,
})
const signature = token.slice(-43)

describe('hideTokens', () => {
  it('leaves out the whole query', () => {
    expect(hideTokens(`/media/a.txt?x=1&titofisto_token=${token}`, 'titofisto_token')).toBe(
      '/media/a.txt?[query]',
    )
  })

  it.each(['?key=abc', 'abc/', 'abc/now?x=y', '%3Fkey=abc', '%253Fkey%253Dabc'])(
    'shows nothing of the owner’s page: %s',
    (rest) => {
      const shown = hideTokens(`/media/titofisto/browse/${rest}`, 'titofisto_token')
      expect(shown).not.toContain('abc')
      expect(shown).toMatch(/^\/media\/titofisto\/browse\//)
    },
  )

  it.each([
    ['in the query', `/media/a.txt?titofisto_token=${token}`],
    ['cut short', `/media/a.txt?titofisto_token=${token.slice(0, -1)}`],
    ['with a letter too many', `/media/a.txt?titofisto_token=${token}x`],
    ['under another parameter', `/media/a.txt?token=${token}`],
    ['in the path', `/media/${token}/a.txt`],
    ['encoded into the path', `/media/a.txt%3Ftitofisto_token=${token}`],
    ['encoded into the path and cut short', `/media/a.txt%3Ftitofisto_token=${token.slice(0, -1)}`],
    ['in a name', `a.txt?titofisto_token=${token}`],
  ])('shows nothing of a token %s', (_, target) => {
    const shown = hideTokens(target, 'titofisto_token')
    expect(shown).not.toContain(signature.slice(0, 12))
    expect(shown).not.toContain(signature.slice(-12))
  })

  const slot = `abcdefghijklmnopqrstug/${token.slice(0, 7)}${signature}`

  it('shows the id of a slot, and nothing else of its URL', () => {
    const shown = '/media/titofisto/upload/abcdefghijklmnopqrstug/[token]'
    expect(hideTokens(`/media/titofisto/upload/${slot}`, 'titofisto_token')).toBe(shown)
    expect(hideTokens(`/media/titofisto/upload/${slot}?filename=a`, 'titofisto_token')).toBe(
      `${shown}?[query]`,
    )
  })

  it.each([
    ['cut short', `/media/titofisto/upload/${slot.slice(0, -1)}`],
    ['with a slash', `/media/titofisto/upload/${slot}/`],
    ['with two slashes', `/media/titofisto//upload//${slot}x`],
    ['without its id', `/media/titofisto/upload/${slot.slice(23, -1)}`],
    ['encoded', `/media/titofisto%2Fupload%2f${slot.replace('/', '%2F').slice(0, -1)}`],
    ['encoded twice', `/media/titofisto%252Fupload%252f${slot.replace('/', '%252F').slice(0, -1)}`],
  ])('shows nothing of the token of a slot %s', (_, target) => {
    expect(hideTokens(target, 'titofisto_token')).not.toContain(signature.slice(0, 12))
    expect(hideTokens(target, 'titofisto_token')).not.toContain(signature.slice(-12))
  })

  it('shows control, invisible and line-breaking characters as what they are', () => {
    expect(hideTokens('/\u001b[2J\n\u0085\u202e\u2028é', 'p')).toBe(
      '/\\u{1b}[2J\\u{a}\\u{85}\\u{202e}\\u{2028}é',
    )
  })
})

describe('access log entry', () => {
  function write(json: boolean, quiet = false): string {
    let written = ''
    const log = createAccessLog({
      json,
      quiet,
      param: 'titofisto_token',
      write: (lines) => (written += lines),
      now: () => 0,
    })
    log.log({ level: 'info', event: 'refused', reason: 'expired', message: 'Late.', name: 'a.txt' })
    const cause = Object.assign(new Error('EIO: /secret/path'), { code: 'EIO' })
    log.log({ level: 'error', event: 'storage-failed', message: 'No.', name: 'b\n', cause })
    log.flush()
    return written
  }

  it('is a line that says why', () => {
    expect(write(false)).toBe(
      '1970-01-01T00:00:00.000Z refused: expired. Late. [a.txt]\n' +
        '1970-01-01T00:00:00.000Z error: storage-failed: No. [b\\u{a}] (EIO)\n',
    )
  })

  it('is a JSON object a line where asked for', () => {
    const [refusal, failure] = write(true)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(refusal).toMatchObject({ event: 'refused', reason: 'expired', name: 'a.txt' })
    expect(failure).toMatchObject({ event: 'storage-failed', level: 'error', cause: 'EIO' })
  })

  it('is only our own failures when quiet', () => {
    expect(write(false, true)).not.toContain('refused')
    expect(write(false, true)).toContain('storage-failed')
  })
})
