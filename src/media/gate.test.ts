import { describe, expect, it } from 'vitest'
import { createDjangoKeyring, signDjangoToken } from '../token/django.ts'
import { createKeyring } from '../token/keyring.ts'
import { signNativeToken } from '../token/native.ts'
import { exactMtimeNs } from '../storage/mtime.ts'
import type { FileFacts } from '../storage/storage.ts'
import type { Policy } from '../token/policy.ts'
import { admitToken, isRefusal, verifyTicket } from './gate.ts'
import type { GateRules } from './gate.ts'

const secrets = ['the newest secret of 32 bytes or more', 'an older secret of 32 bytes or more']
const signedSeconds = 1_700_000_000
const signedMs = signedSeconds * 1000
const facts: FileFacts = {
  name: 'a.png',
  sizeBytes: 10,
  mtimeMs: 1_690_000_000_000,
  mtimeNs: '1690000000000000000',
  changedMs: 1_690_000_000_000,
  version: '1690000000000000-10',
  etag: '"x"',
}
const rules: GateRules = {
  keyring: createKeyring(secrets, 'media'),
  django: null,
  timeoutSeconds: 3600,
  versionOf: ({ version }) => version,
}
const django = { keyring: createDjangoKeyring(secrets), zone: 'UTC' as const }

function sign(policy: Policy = {}, bind?: string, signer = secrets) {
  const subject = { name: facts.name, version: facts.version }
  return signNativeToken(
    createKeyring(signer, 'media'),
    bind === undefined ? subject : { ...subject, bind },
    signedSeconds,
    policy,
  )
}

function admit(token: string, nowMs = signedMs, changed: Partial<GateRules> = {}) {
  const admitted = admitToken({ ...rules, ...changed }, token, nowMs)
  return isRefusal(admitted) ? admitted.reason : admitted
}

describe('a token of good shape', () => {
  it('is admitted through exactly its life, and not a second longer', () => {
    expect(admit(sign(), signedMs)).toMatchObject({ remainingSeconds: 3600 })
    expect(admit(sign(), signedMs + 3_600_999)).toMatchObject({ remainingSeconds: 0 })
    expect(admit(sign(), signedMs + 3_601_000)).toBe('expired')
  })

  it('lives by its own life where it carries one', () => {
    const token = sign({ lifetimeSeconds: 5 })
    expect(admit(token, signedMs + 5_000)).toMatchObject({ remainingSeconds: 0 })
    expect(admit(token, signedMs + 6_000)).toBe('expired')
  })

  it('is admitted from a clock that is ahead by 60 seconds at most (threat 22)', () => {
    expect(admit(sign(), signedMs - 60_000)).toMatchObject({ remainingSeconds: 3600 })
    expect(admit(sign(), signedMs - 61_000)).toBe('from-the-future')
  })

  it('does not expire where no life is set', () => {
    expect(admit(sign(), signedMs + 1e12, { timeoutSeconds: Infinity })).toMatchObject({
      remainingSeconds: Infinity,
    })
  })
})

describe('a token of another shape', () => {
  it.each([
    '',
    '.',
    'x',
    '1r31eq',
    `.${'a'.repeat(43)}`,
    `1r31eq.${'a'.repeat(42)}`,
    `1r31eq.${'a'.repeat(44)}`,
    `01r31eq.${'a'.repeat(43)}`,
    `1r31eq..${'a'.repeat(43)}`,
    `1r31eq.x5.${'a'.repeat(43)}`,
    `1r31eq.e05.${'a'.repeat(43)}`,
    `1r31eq.e5.e5.${'a'.repeat(43)}`,
    `-1.${'a'.repeat(43)}`,
    `1r31eq:${'a'.repeat(43)}`,
  ])('is malformed: %j', (token) => expect(admit(token)).toBe('malformed'))

  it('is refused where its content type could break the header it goes into', () => {
    // Only a holder of the secret can mint it; a careless one must not end our process.
    for (const contentType of ['text/html\r\nX: y', 'no type', 'text/é'])
      expect(admit(sign({ contentType }))).toBe('malformed')
  })
})

describe('a ticket', () => {
  function verify(token: string, changed: Partial<FileFacts> = {}, bind?: string) {
    const ticket = admitToken(rules, token, signedMs)
    if (isRefusal(ticket)) throw new Error(ticket.message)
    return verifyTicket(rules, ticket, { ...facts, ...changed }, bind)
  }

  it('is good for its file alone, in its version', () => {
    expect(verify(sign())).toBe(true)
    expect(verify(sign(), { name: 'b.png' })).toBe(false)
    expect(verify(sign(), { version: '1690000000000001-10' })).toBe(false)
    expect(verify(sign(), { version: '1690000000000000-11' })).toBe(false)
  })

  it('is good under every secret of the list, and no other (promise 2)', () => {
    for (const secret of secrets) expect(verify(sign({}, undefined, [secret]))).toBe(true)
    expect(verify(sign({}, undefined, ['a foreign secret of 32 bytes and more']))).toBe(false)
  })

  it('is not good with any character changed (threat 10)', () => {
    const token = sign({ lifetimeSeconds: 4000 })
    for (let index = 0; index < token.length; index++)
      for (const character of 'A9_') {
        const changed = token.slice(0, index) + character + token.slice(index + 1)
        if (changed === token) continue
        const ticket = admitToken(rules, changed, signedMs)
        expect(isRefusal(ticket) || !verifyTicket(rules, ticket, facts, undefined)).toBe(true)
      }
  })

  it('that is bound is good for its value alone', () => {
    const token = sign({ bound: true }, 'user 15')
    expect(verify(token, {}, 'user 15')).toBe(true)
    expect(verify(token, {}, 'user 16')).toBe(false)
    expect(verify(token, {}, '')).toBe(false)
    expect(verify(token)).toBe(false)
  })

  it("is not good when signed for a slot, or as Django's (threat 13)", () => {
    const subject = { name: facts.name, version: facts.version }
    expect(
      verify(signNativeToken(createKeyring(secrets, 'slot'), subject, signedSeconds, {})),
    ).toBe(false)
  })
})

describe("Django's token", () => {
  const token = signDjangoToken(
    django.keyring,
    { name: facts.name, mtimeNs: exactMtimeNs(facts), zone: 'UTC' },
    signedSeconds,
  )

  it('is taken where interop is on, through exactly the timeout', () => {
    const admitted = admitToken({ ...rules, django }, token, signedMs + 3_600_000)
    if (isRefusal(admitted)) throw new Error(admitted.message)
    expect(verifyTicket({ ...rules, django }, admitted, facts, undefined)).toBe(true)
    expect(verifyTicket(rules, admitted, facts, undefined)).toBe(false)
    expect(admit(token, signedMs + 3_600_001, { django })).toBe('expired')
  })

  it('is malformed where interop is off, and with more than one colon', () => {
    expect(admit(token)).toBe('malformed')
    expect(admit(`x:${token}`, signedMs, { django })).toBe('malformed')
  })

  it('is refused from the future, which the original takes (weakness `future`)', () =>
    expect(admit(token, signedMs - 61_000, { django })).toBe('from-the-future'))
})
