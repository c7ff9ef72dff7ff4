// @ts-check
// Signs and checks on one thread for some seconds and prints how often:
//   node node-signer.mjs ours-native|ours-django|create-hmac SECONDS COMPILED_SOURCE

import { createHmac, timingSafeEqual } from 'node:crypto'
const secret = 'the bench signs with this secret, and nothing else does'
const name = 'reports/2026/annual-report-final.pdf'
const lifetimeSeconds = 3600
const [which = '', secondsText, source] = process.argv.slice(2)
const seconds = Number(secondsText)
const {
  createDjangoKeyring,
  decideDjangoAge,
  parseDjangoToken,
  signDjangoToken,
  verifyDjangoToken,
} = await import(`${source}/token/django.js`)
const { decideAge } = await import(`${source}/token/age.js`)
const { createKeyring } = await import(`${source}/token/keyring.js`)
const { parseNativeToken, signNativeToken, verifyNativeToken } = await import(
  `${source}/token/native.js`
)
const { emptyPolicy } = await import(`${source}/token/policy.js`)

/** @type {Record<string, () => { sign: (nowSeconds: number) => string, check: (token: string) => boolean }>} */
const signers = {
  'ours-native'() {
    const keyring = createKeyring([secret], 'media')
    const subject = { name, version: '1767225600123456-1048576' }
    return {
      sign: (nowSeconds) => signNativeToken(keyring, subject, nowSeconds, emptyPolicy),
      check(text) {
        const token = parseNativeToken(text)
        if (token === null) return false
        const age = decideAge(token.issuedSeconds, lifetimeSeconds, Date.now())
        return age.state === 'valid' && verifyNativeToken(keyring, token, subject)
      },
    }
  },
  'ours-django'() {
    const keyring = createDjangoKeyring([secret])
    const djangoSubject = { name, mtimeNs: 1_767_225_600_123_456_000n, zone: 'UTC' }
    return {
      sign: (nowSeconds) => signDjangoToken(keyring, djangoSubject, nowSeconds),
      check(text) {
        const token = parseDjangoToken(text)
        if (token === null) return false
        const age = decideDjangoAge(token.issuedSeconds, lifetimeSeconds, Date.now())
        return age.state === 'valid' && verifyDjangoToken(keyring, token, djangoSubject)
      },
    }
  },
  // What people write by hand: one key, one HMAC object a call.
  'create-hmac'() {
    const mac = (/** @type {string} */ text) =>
      createHmac('sha256', secret).update(text).digest('base64url')
    const text = (/** @type {string} */ stamp) => `${name}\n1767225600123456\n${stamp}`
    return {
      sign(nowSeconds) {
        const stamp = String(nowSeconds)
        return `${stamp}.${mac(text(stamp))}`
      },
      check(token) {
        const dot = token.indexOf('.')
        const stamp = token.slice(0, dot)
        const given = Buffer.from(token.slice(dot + 1))
        const right = Buffer.from(mac(text(stamp)))
        if (given.length !== right.length || !timingSafeEqual(given, right)) return false
        return Date.now() / 1000 - Number(stamp) <= lifetimeSeconds
      },
    }
  },
}

const signer = signers[which]?.()
if (signer === undefined) throw new Error(`No signer "${which}".`)
const { sign, check } = signer
const signNow = () => sign(Math.floor(Date.now() / 1000))
const token = signNow()
if (!check(token) || check(`${token.slice(0, -3)}AAA`)) throw new Error(`"${which}" does not work.`)

// More links than a key remembers the signatures of: each check has to hash.
const tokens = Array.from({ length: 3000 }, (_, ageSeconds) =>
  sign(Math.floor(Date.now() / 1000) - ageSeconds),
)
let next = 0
const checkNext = () => check(tokens[next++ % tokens.length] ?? '')

countFor(seconds / 4, signNow)
countFor(seconds / 4, checkNext)
console.log(
  JSON.stringify({ signs: countFor(seconds, signNow), checks: countFor(seconds, checkNext) }),
)

/**
 * Calls a second.
 * @param {number} duration Seconds.
 * @param {() => unknown} call
 */
function countFor(duration, call) {
  const started = performance.now()
  let calls = 0
  while (performance.now() - started < duration * 1000) {
    for (let index = 0; index < 1000; index++) call()
    calls += 1000
  }
  return calls / ((performance.now() - started) / 1000)
}
