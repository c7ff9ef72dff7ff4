// Google's Wycheproof vectors for HMAC-SHA-256 (test/vectors/wycheproof_hmac_sha256.json).

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createSigningKey } from '../../src/token/signing-key.ts'

interface Vectors {
  numberOfTests: number
  testGroups: {
    keySize: number
    tagSize: number
    tests: {
      tcId: number
      comment: string
      key: string
      msg: string
      tag: string
      result: string
    }[]
  }[]
}

const vectors = JSON.parse(
  readFileSync(new URL('../vectors/wycheproof_hmac_sha256.json', import.meta.url), 'utf8'),
  // The shape is that of Wycheproof's mac_test_schema_v1.
) as Vectors

describe.each(vectors.testGroups)('keys of $keySize bits, tags of $tagSize bits', (group) => {
  it.each(group.tests)('$tcId: $comment, $result', ({ key, msg, tag, result }) => {
    const signingKey = createSigningKey(Buffer.from(key, 'hex'))
    const message = Buffer.from(msg, 'hex')
    const given = Buffer.from(tag, 'hex').toString('base64url')
    const isWhole = group.tagSize === 256
    // A tag of 128 bits is the start of the right one; half a signature is none for us.
    expect(signingKey.verify(message, given)).toBe(isWhole && result === 'valid')
    const signature = Buffer.from(signingKey.sign(message), 'base64url')
    expect(signature.subarray(0, group.tagSize / 8).toString('hex') === tag).toBe(
      result === 'valid',
    )
  })
})

it('all vectors are replayed', () => {
  const count = vectors.testGroups.reduce((sum, group) => sum + group.tests.length, 0)
  expect(count).toBe(vectors.numberOfTests)
})
