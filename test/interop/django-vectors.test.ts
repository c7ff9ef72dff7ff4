// Replays what the real django-titofisto 1.1.0 gave (test/vectors/django-titofisto.json) against
// our codec. Every entry of the file is taken up by a test here, or named below as another room's.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  createDjangoKeyring,
  decideDjangoAge,
  formatDjangoMessage,
  formatDjangoPath,
  parseDjangoToken,
  signDjangoToken,
  verifyDjangoToken,
} from '../../src/token/django.ts'
import { formatBase62, parseBase62 } from '../../src/token/base62.ts'
import { createKeyring } from '../../src/token/keyring.ts'
import { formatDjangoTime } from '../../src/token/django-time.ts'
import { checkFileName, parseFileName } from '../../src/storage/names/file-name.ts'
import { parseNativeToken } from '../../src/token/native.ts'

type Outcome<Value> = { value: Value } | { error: string; message: string }

interface Verified {
  label: string
  at: number
  result: 'ok' | 'bad' | 'expired'
}

interface FileCase {
  id: string
  name: string
  now: number
  exists: boolean | null
  kind: 'file' | 'dir' | 'missing'
  mtime_ns: string | null
  raw_url: Outcome<string>
  url: Outcome<string>
  message: Outcome<string>
  token: Outcome<string>
  timestamp?: string
  signature?: string
  verify?: Verified[]
}

interface Tampered {
  label: string
  name: string
  message?: string
  token: string
  at: number
  result: 'ok' | 'bad' | 'raises' | 'expired'
}

interface Confusion {
  label?: string
  crafted_name?: string
  crafted_token?: string
  forged_name: string
  forged_token: string
  at: number
}

interface Slot {
  now: number
  slot_name: string
  token: string
}

interface Profile {
  settings: {
    secret_key: string
    secret_key_fallbacks: string[]
    use_tz: boolean
    time_zone: string
    media_url: string
    param: string
    timeout: number | null
    use_public_namespace: boolean
    public_namespace: string
  }
  cases: FileCase[]
  tampered: Tampered[]
  confusion: Confusion[]
  slots: Slot[]
  mtime_rounding?: [number, number, string][]
}

interface OnlyInUtc {
  mtime_rounding: [number, number, string][]
  filepath_to_uri: [string, string][]
  lone_surrogate: { name: string }
  base_url_join: [string, string, string][]
  b62: [number, string][]
  b62_decode: [string, Outcome<number>][]
  timestamp_signer: { secret: string; value: string; at: number; signed: string }[]
  odd_name_types: { name: string }[]
}

const vectors = JSON.parse(
  readFileSync(new URL('../vectors/django-titofisto.json', import.meta.url), 'utf8'),
  // The shape was written down from the file; a wrong one fails the counts below.
) as { profiles: Record<string, Profile> & { utc: Profile & OnlyInUtc } }
const profiles = Object.entries(vectors.profiles)
const { utc } = vectors.profiles

/** Replayed by the rooms that they concern: storage, http, slots (also the `posts` to each slot). */
const otherRooms = [
  'shortuuid',
  'get_valid_name',
  'valid_name_kept_ranges',
  'strip_ranges',
  'unicode_version',
  'generate_filename',
  'get_available_name',
  'save',
  'path',
  'symlinks',
  'file_response_headers',
]

// Each entry is put in here by the test that judged it; the last test compares with the file.
const judged = new Set<unknown>()

/** Which of the original's weaknesses (or which rule of ours) refuses a name, by the case's id. */
const refusedNames: Record<string, string> = {
  'name-backslash': 'names-that-never-work',
  'name-dot-segment': 'names-that-never-work',
  'name-dot-prefix': 'names-that-never-work',
  'name-dotdot-inside': 'names-that-never-work',
  'name-double-slash': 'names-that-never-work',
  'name-newline': 'names-that-never-work',
  'name-control': 'control characters',
  'name-c1': 'control characters',
  'name-trailing-slash-dir': 'directory-500',
  'name-empty': 'directory-500',
  'name-looks-like-message': 'confusion',
  'missing-nul@1700000000.25': 'control characters',
  'missing-public-nul@1700000000.25': 'control characters',
  'missing-too-long-path@1700000000.25': 'longer than 1,024 bytes',
  'refused-traversal-deep': 'outside of the root, as in the original',
  'refused-leading-slash': 'outside of the root, as in the original',
  'refused-double-leading-slash': 'outside of the root, as in the original',
  'refused-dotdot': 'outside of the root, as in the original',
  'refused-slash': 'outside of the root, as in the original',
  'refused-traversal-public': 'public-url-dotdot',
  'refused-public-dotdot-nested': 'public-url-dotdot',
}

describe.each(profiles)('profile %s', (profileName, profile) => {
  const { settings } = profile
  const keyring = createDjangoKeyring([settings.secret_key, ...settings.secret_key_fallbacks])
  const zone = settings.use_tz ? 'UTC' : settings.time_zone
  const lifetimeSeconds = settings.timeout ?? Infinity
  const named = profile.cases.filter((each) => parseFileName(each.name) !== null)
  const refused = profile.cases.filter((each) => parseFileName(each.name) === null)
  const present = named.filter((each) => each.mtime_ns !== null)
  const missing = named.filter((each) => each.mtime_ns === null)

  function decide(token: string, name: string, mtimeNs: bigint, at: number): string {
    const parsed = parseDjangoToken(token)
    if (parsed === null || !verifyDjangoToken(keyring, parsed, { name, mtimeNs, zone }))
      return 'bad'
    const age = decideDjangoAge(parsed.issuedSeconds, lifetimeSeconds, at * 1000)
    return age.state === 'valid' ? 'ok' : age.state
  }

  it(`signs all ${present.length} files as the original does`, () => {
    for (const each of present) {
      const mtimeNs = BigInt(each.mtime_ns ?? 0)
      const issuedSeconds = Math.trunc(each.now)
      const token = signDjangoToken(keyring, { name: each.name, mtimeNs, zone }, issuedSeconds)
      expect(formatDjangoMessage({ name: each.name, mtimeNs, zone }), each.id).toBe(
        valueOf(each.message),
      )
      expect(token, each.id).toBe(valueOf(each.token))
      const parsed = parseDjangoToken(token)
      expect(parsed, each.id).toEqual({
        issuedSeconds,
        stamp: each.timestamp,
        signature: each.signature,
      })
      judged.add(each)
    }
  })

  it(`writes the URLs of all ${named.length} acceptable names as the original does`, () => {
    for (const each of named) {
      const rawUrl = settings.media_url + formatDjangoPath(each.name)
      expect(rawUrl, each.id).toBe(valueOf(each.raw_url))
      const isPublic =
        settings.use_public_namespace && each.name.startsWith(settings.public_namespace)
      const query = isPublic ? '' : `?${settings.param}=${valueOf(each.token)}`
      expect(rawUrl + query, each.id).toBe(valueOf(each.url))
    }
  })

  it('checks each token at each time as the original does', () => {
    for (const each of present)
      for (const verified of each.verify ?? []) {
        if (verified.label === '1day-before-issue') continue
        expect(
          decide(valueOf(each.token), each.name, BigInt(each.mtime_ns ?? 0), verified.at),
          `${each.id} ${verified.label}`,
        ).toBe(verified.result)
        judged.add(verified)
      }
  })

  it('future: refuses a token of tomorrow, which the original takes', () => {
    for (const each of present)
      for (const verified of each.verify ?? []) {
        if (verified.label !== '1day-before-issue') continue
        expect(verified.result).toBe('ok')
        expect(
          decide(valueOf(each.token), each.name, BigInt(each.mtime_ns ?? 0), verified.at),
          each.id,
        ).toBe('from-the-future')
        judged.add(verified)
      }
  })

  it.each(refused.map((each) => [refusedNames[each.id], each.id, each] as const))(
    '%s: refuses the name of %s',
    (reason, id, each) => {
      expect(reason, `no reason is written down for ${id}`).toBeTypeOf('string')
      expect(parseFileName(each.name)).toBeNull()
      judged.add(each)
      for (const verified of each.verify ?? []) judged.add(verified)
    },
  )

  // The original signs the present time in place of an mtime. Nothing here can be asked for a token
  // without a file's mtime, so these tokens must fit no file that is made around that time.
  it(`missing-file: refuses the tokens of all ${missing.length} missing files when a file is there`, () => {
    for (const each of missing) {
      const nowNs = BigInt(Math.round(each.now * 1e6)) * 1000n
      const token = valueOf(each.token)
      const mtimes = [nowNs - 1000n, nowNs + 1000n, nowNs + 1_000_000_000n]
      // The message has no offset; in UTC it stays wrong in its very microsecond.
      if (zone === 'UTC') mtimes.push(nowNs)
      for (const mtimeNs of mtimes)
        for (const verified of each.verify ?? [])
          expect(decide(token, each.name, mtimeNs, verified.at), each.id).toBe('bad')
      judged.add(each)
      for (const verified of each.verify ?? []) judged.add(verified)
    }
  })

  it(`decides all ${profile.tampered.length} tampered tokens as the original does`, () => {
    const mtimes = [1_690_000_000_123_456_000n, 1_690_000_000_000_000_000n]
    for (const each of profile.tampered) {
      judged.add(each)
      const results = mtimes.map((mtimeNs) => decide(each.token, each.name, mtimeNs, each.at))
      if (each.result === 'ok') {
        const its = mtimes.filter(
          (mtimeNs) => formatDjangoMessage({ name: each.name, mtimeNs, zone }) === each.message,
        )
        expect(its).toHaveLength(1)
        expect(results.toSorted()).toEqual(['bad', 'ok'])
      } else expect(results, `${each.label} ${each.name}`).toEqual(['bad', 'bad'])
    }
  })

  it('takes a token of each fallback key, and of no other', () => {
    const mtimeNs = 1_690_000_000_000_000_000n
    for (const secret of [settings.secret_key, ...settings.secret_key_fallbacks, 'another key']) {
      const token = signDjangoToken(
        createDjangoKeyring([secret]),
        { name: 'a', mtimeNs, zone },
        1_700_000_000,
      )
      expect(decide(token, 'a', mtimeNs, 1_700_000_001)).toBe(
        secret === 'another key' ? 'bad' : 'ok',
      )
    }
  })

  it("signs a slot's name with the same key, and takes no slot's token for a file", () => {
    for (const slot of profile.slots) {
      const [stamp = '', signature] = slot.token.split(':')
      expect(formatBase62(Math.trunc(slot.now))).toBe(stamp)
      expect(keyring.sign(`${slot.slot_name}:${stamp}`)).toBe(signature)
      expect(decide(slot.token, slot.slot_name, 1_690_000_000_000_000_000n, slot.now)).toBe('bad')
      judged.add(slot)
    }
  })

  if (profile.mtime_rounding !== undefined) {
    const rounding = profile.mtime_rounding
    it(`writes all ${rounding.length} random mtimes as Python does`, () => {
      for (const each of rounding) {
        const [seconds, nanoseconds, wanted] = each
        const mtimeNs = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds)
        expect(formatDjangoTime(mtimeNs, zone)).toBe(wanted)
        judged.add(each)
      }
    })
  }

  it('holds nothing that this suite and the other rooms do not know', () => {
    const known = new Set(
      'profile settings cases tampered confusion slots mtime_rounding'.split(' '),
    )
    if (profileName === 'utc')
      for (const key of Object.keys(judgedInUtc()).concat(otherRooms)) known.add(key)
    expect(Object.keys(profile).filter((key) => !known.has(key))).toEqual([])
  })
})

describe('public-prefix', () => {
  it('a namespace ends at a segment: these names of the profile `custom` need a token with us', () => {
    const { custom } = vectors.profiles
    if (custom === undefined) throw new Error('no profile `custom`')
    const open = custom.cases.filter((each) => 'value' in each.url && !each.url.value.includes('?'))
    const names = open.map((each) => each.name).toSorted()
    expect(names.length).toBeGreaterThan(0)
    expect(names.every((name) => name.startsWith('pub') && !name.startsWith('pub/'))).toBe(true)
  })
})

describe('confusion', () => {
  const [crafted, sharedSalt] = utc.confusion
  if (crafted === undefined || sharedSalt === undefined) throw new Error('no confusion vectors')
  const keyring = createDjangoKeyring([utc.settings.secret_key])

  it('confusion: refuses a link to a chosen name as the token of another file', () => {
    expect(parseDjangoToken(crafted.forged_token)).toBeNull()
    expect(parseFileName(crafted.crafted_name ?? '')).toBeNull()
    judged.add(crafted)
  })

  it('shared-salt: what any TimestampSigner of the project signs is no token of ours', () => {
    expect(parseNativeToken(sharedSalt.forged_token)).toBeNull()
    const [stamp = '', signature = ''] = sharedSalt.forged_token.split(':')
    const text = `${sharedSalt.forged_name}//2023-07-22T04:26:40.123456+00:00:${stamp}`
    // Under interop it is the true token, to the letter: nothing could tell the two apart.
    expect(keyring.verify(text, signature)).toBe(true)
    expect(createKeyring([utc.settings.secret_key], 'media').verify(text, signature)).toBe(false)
    judged.add(sharedSalt)
  })
})

describe('base 62', () => {
  it('writes every number as Django does', () => {
    for (const each of utc.b62) {
      const [value, text] = each
      expect(formatBase62(value)).toBe(text)
      expect(parseBase62(text)).toBe(value < 0 ? null : value)
      judged.add(each)
    }
  })

  it('reads what Django reads, but only in the spelling that Django writes', () => {
    for (const each of utc.b62_decode) {
      const [text, outcome] = each
      const isCanonical = 'value' in outcome && formatBase62(outcome.value) === text
      expect(parseBase62(text), text).toBe(isCanonical ? valueOf(outcome) : null)
      judged.add(each)
    }
  })
})

describe('TimestampSigner', () => {
  it('signs every text as Django does', () => {
    for (const each of utc.timestamp_signer) {
      const text = `${each.value}:${formatBase62(each.at)}`
      expect(`${text}:${createDjangoKeyring([each.secret]).sign(text)}`).toBe(each.signed)
      judged.add(each)
    }
  })
})

describe('filepath_to_uri', () => {
  it('escapes every name as Django does; a backslash, which Django turns into a slash, is refused', () => {
    for (const each of utc.filepath_to_uri) {
      const [name, uri] = each
      if (name.includes('\\')) expect(parseFileName(name)).toBeNull()
      else expect(formatDjangoPath(name)).toBe(uri)
      judged.add(each)
    }
  })
})

describe('urljoin with the media URL', () => {
  it('gives what appending gives, for every acceptable name; the others are refused', () => {
    let appended = 0
    for (const each of utc.base_url_join) {
      const [mediaUrl, name, url] = each
      judged.add(each)
      if (parseFileName(name) === null) continue
      expect(mediaUrl + formatDjangoPath(name)).toBe(url)
      appended++
    }
    // 7 media URLs with x.txt, a:b, ?q, a?b#c and ..a; the other 9 names have empty or dot segments.
    expect(appended).toBe(35)
  })
})

describe('names that are no text', () => {
  it('surrogate-name: refuses a lone surrogate', () => {
    // The file spells it `\\ud800`, as JSON of Python can't hold it.
    const name = utc.lone_surrogate.name.replace(String.raw`\ud800`, '\ud800')
    expect(name.isWellFormed()).toBe(false)
    expect(parseFileName(name)).toBeNull()
    judged.add(utc.lone_surrogate)
  })
})

describe('names of other types', () => {
  it('are refused with `name-invalid`, where the original fails inside of Python', () => {
    const given: Record<string, unknown> = {
      None: null,
      int: 7,
      bytes: Buffer.from('quickfox.dat'),
      Path: new URL('file:///quickfox.dat'),
    }
    for (const each of utc.odd_name_types) {
      expect(given).toHaveProperty(each.name)
      // As plain JavaScript would call it.
      const name = given[each.name] as string
      expect(() => checkFileName(name)).toThrow(expect.objectContaining({ code: 'name-invalid' }))
      judged.add(each)
    }
  })
})

describe('the file of vectors', () => {
  it('has been judged to its last entry', () => {
    const expected: unknown[] = Object.values(judgedInUtc()).flat()
    for (const [, profile] of profiles) {
      expected.push(...profile.cases, ...profile.cases.flatMap((each) => each.verify ?? []))
      expected.push(...profile.tampered, ...profile.confusion, ...profile.slots)
      expected.push(...(profile.mtime_rounding ?? []))
    }
    expect(expected.filter((each) => !judged.has(each))).toEqual([])
    // 382 cases with 2054 times, 308 tampered, 2 confused, 24 slots, 800 mtimes, and 415 only in `utc`.
    expect(new Set(expected).size).toBe(3985)
  })
})

function judgedInUtc(): Record<string, readonly unknown[]> {
  return {
    filepath_to_uri: utc.filepath_to_uri,
    lone_surrogate: [utc.lone_surrogate],
    base_url_join: utc.base_url_join,
    b62: utc.b62,
    b62_decode: utc.b62_decode,
    timestamp_signer: utc.timestamp_signer,
    odd_name_types: utc.odd_name_types,
  }
}

function valueOf<Value>(outcome: Outcome<Value>): Value {
  if ('value' in outcome) return outcome.value
  throw new Error(`The original raised ${outcome.error}.`)
}
