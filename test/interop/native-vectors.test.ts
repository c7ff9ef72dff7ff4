// Replays test/vectors/native-token.json, which Python made, and holds docs/token-format.md to it.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createHmac } from 'node:crypto'
import { decideAge } from '../../src/token/age.ts'
import { createKeyring } from '../../src/token/keyring.ts'
import { parseNativeToken, signNativeToken, verifyNativeToken } from '../../src/token/native.ts'
import type { Purpose } from '../../src/token/keyring.ts'
import type { Policy } from '../../src/token/policy.ts'

interface TokenCase {
  label: string
  secret: string
  purpose: Purpose
  key: string
  name: string
  mtimeNs: string
  sizeBytes: number
  version: string
  issuedSeconds: number
  policy: Policy
  bind?: string
  text: string
  token: string
}

const vectors = JSON.parse(
  readFileSync(new URL('../vectors/native-token.json', import.meta.url), 'utf8'),
  // The file is ours; its shape is this.
) as {
  cases: TokenCase[]
  refused: { label: string; token: string }[]
  ages: { nowMs: number; issuedSeconds: number; lifetimeSeconds: number; state: string }[]
}

function toSubject({ name, version, bind }: TokenCase) {
  return bind === undefined ? { name, version } : { name, version, bind }
}

describe('the vectors of the native token', () => {
  it.each(vectors.cases)('$label: signs the same token', (each) => {
    const keyring = createKeyring([each.secret], each.purpose)
    const subject = toSubject(each)
    expect(signNativeToken(keyring, subject, each.issuedSeconds, each.policy)).toBe(each.token)
    const signature = createHmac('sha256', Buffer.from(each.key, 'hex')).update(each.text)
    expect(each.token.endsWith(`.${signature.digest('base64url')}`)).toBe(true)
  })

  it.each(vectors.cases)(
    '$label: the version is the mtime in whole microseconds, rounded down, and the size',
    (each) => {
      const mtimeNs = BigInt(each.mtimeNs)
      const microseconds = (mtimeNs - (((mtimeNs % 1000n) + 1000n) % 1000n)) / 1000n
      expect(each.version).toBe(`${microseconds}-${each.sizeBytes}`)
    },
  )

  it.each(vectors.cases)('$label: takes the token and reads it', (each) => {
    const keyring = createKeyring([each.secret], each.purpose)
    const token = parseNativeToken(each.token)
    if (token === null) throw new Error('refused')
    expect(verifyNativeToken(keyring, token, toSubject(each))).toBe(true)
    expect(token).toMatchObject({ issuedSeconds: each.issuedSeconds, policy: each.policy })
  })

  it('no token opens what a case of another name, version, secret or purpose is about', () => {
    for (const one of vectors.cases)
      for (const other of vectors.cases) {
        const isAlike = (['name', 'version', 'secret', 'purpose'] as const).every(
          (key) => one[key] === other[key],
        )
        const token = parseNativeToken(one.token)
        if (token === null) throw new Error('refused')
        const keyring = createKeyring([other.secret], other.purpose)
        const subject = toSubject({ ...other, ...(one.bind !== undefined && { bind: one.bind }) })
        expect(verifyNativeToken(keyring, token, subject), one.label).toBe(isAlike)
      }
  })

  it.each(vectors.refused)('$label: refused', ({ token }) => {
    const about = vectors.cases.find((each) => each.label === 'lifetime')
    if (about === undefined) throw new Error('no case `lifetime`')
    const parsed = parseNativeToken(token)
    const keyring = createKeyring([about.secret], 'media')
    expect(parsed !== null && verifyNativeToken(keyring, parsed, toSubject(about))).toBe(false)
  })

  it.each(vectors.ages)(
    'at $nowMs ms, $issuedSeconds s for $lifetimeSeconds s is $state',
    (each) => {
      expect(decideAge(each.issuedSeconds, each.lifetimeSeconds, each.nowMs).state).toBe(each.state)
    },
  )

  it('the token that docs/token-format.md shows is one of them', () => {
    const page = readFileSync(new URL('../../docs/token-format.md', import.meta.url), 'utf8')
    const shown = page.match(/titofisto_token=([\w.-]{50,})/)?.[1]
    expect(vectors.cases.map((each) => each.token)).toContain(shown)
  })
})
