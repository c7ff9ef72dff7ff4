// Django itself on the other side: its storage and its TimestampSigner say what a file's token is,
// we verify, and back. Debian's python3-django; any other will do. test/interop/django_oracle.py
// runs inside of Python.

import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyName } from '../property/arbitrary-tokens.ts'
import {
  createDjangoKeyring,
  formatDjangoMessage,
  formatDjangoPath,
  parseDjangoToken,
  signDjangoToken,
  verifyDjangoToken,
} from '../../src/token/django.ts'
import { describeUnless } from '../support/unless.ts'

interface LiveCase {
  name: string
  secret: string
  mtimeNs: string
  nowSeconds: number
  token?: string
}

interface Answer {
  message: string
  mtimeNs: string
  path: string
  token?: string
  verified?: string
}

const found = spawnSync('/usr/bin/python3', ['-c', 'import django; print(django.__version__)'], {
  encoding: 'utf8',
})
const missing =
  found.status === 0
    ? null
    : '/usr/bin/python3 has no module django; `apt-get install python3-django` brings it'

const oracle = fileURLToPath(new URL('django_oracle.py', import.meta.url))

function askDjango(zone: string, cases: readonly LiveCase[]): Answer[] {
  const stdout = execFileSync('/usr/bin/python3', [oracle], {
    input: JSON.stringify({ zone, cases }),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  // The shape that django_oracle.py writes.
  return (JSON.parse(stdout) as { answers: Answer[] }).answers
}

const anyCase = fc.record({
  name: anyName,
  secret: fc.string({ unit: 'binary', minLength: 1 }).filter((text) => text.isWellFormed()),
  // From 1970 on ICU and the C library know one history of each zone; before, in UTC, it matters not.
  mtimeNs: fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n }).map(String),
  nowSeconds: fc.integer({ min: 0, max: 4_000_000_000_000 }).map((ms) => ms / 1000),
})

const zones = ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Etc/UTC']

const title = missing === null ? `Django ${found.stdout.trim()}, live` : 'Django, live'

describeUnless(missing, title, () => {
  describe.each(zones)('files of the zone %s', (zone) => {
    const cases = fc.sample(anyCase, 400)

    it('what Django signs, we write and take', () => {
      const answers = askDjango(zone, cases)
      expect(answers).toHaveLength(cases.length)
      for (const [index, { name, secret, nowSeconds }] of cases.entries()) {
        const answer = answers[index]
        if (answer?.token === undefined) throw new Error('no answer')
        const context = JSON.stringify({ ...cases[index], answer })
        const mtimeNs = BigInt(answer.mtimeNs)
        const keyring = createDjangoKeyring([secret])
        expect(formatDjangoMessage({ name, mtimeNs, zone }), context).toBe(answer.message)
        expect(formatDjangoPath(name), context).toBe(answer.path)
        const ours = signDjangoToken(keyring, { name, mtimeNs, zone }, Math.trunc(nowSeconds))
        expect(ours, context).toBe(answer.token)
        const token = parseDjangoToken(answer.token)
        if (token === null) throw new Error(`not read: ${context}`)
        expect(verifyDjangoToken(keyring, token, { name, mtimeNs, zone }), context).toBe(true)
      }
    })

    it('what we sign, Django takes; what was changed, it refuses', () => {
      const signed = cases.map((each, index) => {
        const token = signDjangoToken(
          createDjangoKeyring([each.secret]),
          { name: each.name, mtimeNs: BigInt(each.mtimeNs), zone },
          Math.trunc(each.nowSeconds),
        )
        // Every fourth one is about a version of the file 10 microseconds later.
        const later = index % 4 === 3 ? 10_000n : 0n
        return Object.assign({}, each, { token, mtimeNs: String(BigInt(each.mtimeNs) + later) })
      })
      const answers = askDjango(zone, signed)
      expect(answers).toHaveLength(cases.length)
      for (const [index, answer] of answers.entries()) {
        const context = JSON.stringify({ ...signed[index], answer })
        expect(answer.mtimeNs, context).toBe(signed[index]?.mtimeNs)
        expect(answer.verified, context).toBe(index % 4 === 3 ? 'BadSignature' : 'ok')
      }
    })
  })

  it('we and Django call a token expired at the same instant', () => {
    const secret = 'a secret'
    const issued = 1_700_000_000
    const token = signDjangoToken(
      createDjangoKeyring([secret]),
      { name: 'a', mtimeNs: 0n, zone: 'UTC' },
      issued,
    )
    const at = (nowSeconds: number) => ({ name: 'a', secret, mtimeNs: '0', nowSeconds, token })
    const answers = askDjango('UTC', [at(issued + 3600), at(issued + 3600.001)])
    expect(answers.map((answer) => answer.verified)).toEqual(['ok', 'SignatureExpired'])
  })
})
