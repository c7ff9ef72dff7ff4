import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyName } from '../../test/property/arbitrary-tokens.ts'
import { formatPath } from '../http/percent.ts'
import { checkOption } from '../options.ts'
import { djangoZoneRule, formatDjangoTime } from './django-time.ts'
import {
  createDjangoKeyring,
  decideDjangoAge,
  formatDjangoMessage,
  formatDjangoPath,
  parseDjangoToken,
  signDjangoToken,
  verifyDjangoToken,
} from './django.ts'
import { parseNativeToken } from './native.ts'

const keyring = createDjangoKeyring(['a-secret-key-of-a-django-project'])
const name = 'reports/2026.pdf'
const mtimeNs = 1_690_000_000_123_456_000n
const signature = 'A'.repeat(43)

describe("Django's token", () => {
  const anyMtime = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 19n })
  const anySecond = fc.integer({ min: -1e9, max: 1e10 })

  it('opens the file it was signed for, and says when', () => {
    fc.assert(
      fc.property(anyName, anyMtime, anySecond, (itsName, itsMtimeNs, second) => {
        const token = parseDjangoToken(
          signDjangoToken(keyring, { name: itsName, mtimeNs: itsMtimeNs, zone: 'UTC' }, second),
        )
        expect(token?.issuedSeconds).toBe(second)
        if (token === null) return
        expect(
          verifyDjangoToken(keyring, token, { name: itsName, mtimeNs: itsMtimeNs, zone: 'UTC' }),
        ).toBe(true)
        expect(
          verifyDjangoToken(keyring, token, {
            name: `${itsName}x`,
            mtimeNs: itsMtimeNs,
            zone: 'UTC',
          }),
        ).toBe(false)
        const later = itsMtimeNs + 10_000n
        expect(
          verifyDjangoToken(keyring, token, { name: itsName, mtimeNs: later, zone: 'UTC' }),
        ).toBe(false)
      }),
    )
  })

  it('opens nothing once a character is changed, put in or left out', () => {
    const token = signDjangoToken(keyring, { name, mtimeNs, zone: 'UTC' }, 1_700_000_000)
    const opens = (text: string) => {
      const parsed = parseDjangoToken(text)
      return parsed !== null && verifyDjangoToken(keyring, parsed, { name, mtimeNs, zone: 'UTC' })
    }
    expect(opens(token)).toBe(true)
    for (let index = 0; index < token.length; index++)
      for (const other of 'AZaz019-_:.+/= %\n\0é€'.split('')) {
        const [before, after] = [token.slice(0, index), token.slice(index)]
        if (other !== token[index]) expect(opens(before + other + after.slice(1))).toBe(false)
        expect(opens(before + other + after)).toBe(false)
        expect(opens(before + after.slice(1))).toBe(false)
      }
  })

  it.each([
    ['', 'nothing'],
    [`1r31eq${signature}`, 'no colon'],
    [`:${signature}`, 'no stamp'],
    [`x:1r31eq:${signature}`, 'two colons'],
    [`1r31eq::${signature.slice(1)}`, 'two colons in a row'],
    [`01r31eq:${signature}`, 'a leading zero'],
    [`00:${signature}`, 'zero twice'],
    [`-0:${signature}`, 'minus zero'],
    [`--1:${signature}`, 'two minus signs'],
    [`-:${signature}`, 'a minus sign alone'],
    [`1r31eq:${signature}=`, 'padding'],
    [`1r31eq:${signature.slice(1)}`, 'a short signature'],
    [`1r31eq.${signature}`, 'our dot'],
  ])('%j is none: %s', (text) => {
    expect(parseDjangoToken(text)).toBeNull()
  })

  it('is never a native token, and a native token never one of Django', () => {
    expect(parseNativeToken(signDjangoToken(keyring, { name, mtimeNs, zone: 'UTC' }, 1))).toBeNull()
    expect(parseDjangoToken(`1r31eq.e600.${signature}`)).toBeNull()
  })

  it('two names never sign one message, whatever colons and digits they hold', () => {
    fc.assert(
      fc.property(anyName, anyMtime, (itsName, itsMtimeNs) => {
        const message =
          formatDjangoMessage({ name: itsName, mtimeNs: itsMtimeNs, zone: 'UTC' }) ?? ''
        expect(message.slice(0, message.indexOf('//'))).toBe(itsName)
      }),
    )
  })

  it('is not made for a file of a time that Python cannot write, and none opens it', () => {
    const year10000 = 253_402_300_800_000_000_000n
    expect(() => signDjangoToken(keyring, { name, mtimeNs: year10000, zone: 'UTC' }, 1)).toThrow(
      RangeError,
    )
    const token = { issuedSeconds: 1, stamp: '1', signature }
    expect(verifyDjangoToken(keyring, token, { name, mtimeNs: year10000, zone: 'UTC' })).toBe(false)
  })
})

describe('the age of a token of Django', () => {
  const issued = 1_700_000_000
  const at = (ms: number) => decideDjangoAge(issued, 600, issued * 1000 + ms)

  it('is valid through exactly its lifetime, and expired a millisecond later', () => {
    expect(at(0)).toEqual({ state: 'valid', remainingSeconds: 600 })
    expect(at(1)).toEqual({ state: 'valid', remainingSeconds: 599 })
    expect(at(600_000)).toEqual({ state: 'valid', remainingSeconds: 0 })
    expect(at(600_001)).toEqual({ state: 'expired', sinceSeconds: 1 })
  })

  it('future: bears a clock that is 60 seconds behind, and no more', () => {
    expect(at(-60_000)).toEqual({ state: 'valid', remainingSeconds: 600 })
    expect(at(-60_001)).toEqual({ state: 'from-the-future', aheadSeconds: 61 })
  })

  it('takes a broken lifetime, and an endless one', () => {
    expect(decideDjangoAge(issued, 0.5, issued * 1000 + 500).state).toBe('valid')
    expect(decideDjangoAge(issued, 0.5, issued * 1000 + 501).state).toBe('expired')
    expect(decideDjangoAge(0, Infinity, 8.64e15).state).toBe('valid')
  })
})

describe('a time as Python writes it', () => {
  it('is UTC with its offset, or the local time of a zone without one', () => {
    expect(formatDjangoTime(mtimeNs, 'UTC')).toBe('2023-07-22T04:26:40.123456+00:00')
    expect(formatDjangoTime(mtimeNs, 'Europe/Berlin')).toBe('2023-07-22T06:26:40.123456')
    expect(formatDjangoTime(mtimeNs, 'Asia/Kathmandu')).toBe('2023-07-22T10:11:40.123456')
    expect(formatDjangoTime(mtimeNs, 'Etc/UTC')).toBe('2023-07-22T04:26:40.123456')
  })

  it('rounds half a microsecond to the even one', () => {
    // 1/128 s and 3/128 s, which doubles hold exactly.
    expect(formatDjangoTime(1_690_000_000_007_812_500n, 'UTC')).toMatch(/\.007812\+/)
    expect(formatDjangoTime(1_690_000_000_023_437_500n, 'UTC')).toMatch(/\.023438\+/)
    expect(formatDjangoTime(-7_812_500n, 'UTC')).toBe('1969-12-31T23:59:59.992188+00:00')
  })

  it('changes with the clocks at the very second, also inside of an hour', () => {
    // Lord Howe Island moves its clocks by half an hour; Kathmandu moved by 15 minutes in 1986.
    const times = (zone: string, second: number) =>
      [-1, 0].map((step) => formatDjangoTime(BigInt(second + step) * 1_000_000_000n, zone))
    expect(times('Europe/Berlin', 1_711_846_800)).toEqual([
      '2024-03-31T01:59:59',
      '2024-03-31T03:00:00',
    ])
    expect(times('Australia/Lord_Howe', 1_712_415_600)).toEqual([
      '2024-04-07T01:59:59',
      '2024-04-07T01:30:00',
    ])
    expect(times('Asia/Kathmandu', 504_901_800)).toEqual([
      '1985-12-31T23:59:59',
      '1986-01-01T00:15:00',
    ])
  })

  it('reaches from the year 1 through the year 9999, in UTC and in local time', () => {
    const at = (seconds: number, zone: string) =>
      formatDjangoTime(BigInt(seconds) * 1_000_000_000n, zone)
    const [first, last] = [-62_135_596_800, 253_402_300_799]
    expect(at(first, 'UTC')).toBe('0001-01-01T00:00:00+00:00')
    expect(at(first - 1, 'UTC')).toBeNull()
    expect(at(last, 'UTC')).toBe('9999-12-31T23:59:59+00:00')
    expect(at(last + 1, 'UTC')).toBeNull()
    expect(at(first, 'America/New_York')).toBeNull()
    expect(at(last, 'Asia/Tokyo')).toBeNull()
    expect(at(-62_000_000_000, 'America/New_York')).toMatch(/^0005-/)
  })

  it('keeps its answers when many hours have been asked for', () => {
    const at = (hour: number) => formatDjangoTime(BigInt(hour) * 3_600_000_000_000n, 'Etc/GMT-3')
    for (let hour = 0; hour < 20_000; hour++)
      expect(at(hour)).toBe(new Date((hour + 3) * 3_600_000).toISOString().slice(0, 19))
    expect(at(0)).toBe('1970-01-01T03:00:00')
  })
})

describe('the option `timeZone`', () => {
  const checkZone = (zone: unknown) => checkOption('make()', 'timeZone', zone, djangoZoneRule)

  it.each(['UTC', 'Etc/UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires'])(
    'can be %s',
    (zone) => checkZone(zone),
  )

  it.each(['Mars/Olympus', '', 'utc', 'Europe/Berlin ', '../../etc/passwd'])(
    '%j is refused',
    (zone) => {
      expect(() => checkZone(zone)).toThrow(RangeError)
      expect(() => checkZone(zone)).toThrow(/"timeZone"/)
    },
  )

  it.each([undefined, null, 1, {}])('%j is no zone', (zone) => {
    expect(() => checkZone(zone)).toThrow(TypeError)
  })
})

describe('a name in a URL of the original', () => {
  it('keeps what Django keeps and escapes the rest, in UTF-8 and upper-case hex', () => {
    expect(formatDjangoPath("a/~!*()'-_.b")).toBe("a/~!*()'-_.b")
    expect(formatDjangoPath('ä ?#;:%2F+&=@$,')).toBe('%C3%A4%20%3F%23%3B%3A%252F%2B%26%3D%40%24%2C')
  })

  it('is written as in our own URLs, but for the five characters that Django leaves alone', () => {
    const marks = /[!'()*]/g
    const names = fc.string({
      unit: fc.mixedCase(fc.constantFrom('!', "'", '(', ')', '*', '/', 'a', 'ä', '%')),
    })
    fc.assert(
      fc.property(names, (itsName) => {
        const escaped = (mark: string) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`
        expect(formatDjangoPath(itsName).replaceAll(marks, escaped)).toBe(formatPath(itsName))
      }),
    )
    expect(formatDjangoPath('a (1).txt')).toBe('a%20(1).txt')
    expect(formatPath('a (1).txt')).toBe('a%20%281%29.txt')
  })

  it('is the name again once it is decoded', () => {
    fc.assert(
      fc.property(anyName, (itsName) => decodeURIComponent(formatDjangoPath(itsName)) === itsName),
    )
  })

  it('resolves against the media URL to the path it was appended to', () => {
    fc.assert(
      fc.property(anyName, (itsName) => {
        const path = formatDjangoPath(itsName)
        const url = new URL(path, 'https://host.example/media/')
        expect(url.href).toBe(`https://host.example/media/${path}`)
      }),
    )
  })
})
