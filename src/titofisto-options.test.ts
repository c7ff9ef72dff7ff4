import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { createMemorySlotStore } from './slots/stores/memory.ts'
import { createLocalStorage } from './storage/local/local.ts'
import { checkTitofistoOptions } from './titofisto-options.ts'
import type { TitofistoOptions } from './titofisto-options.ts'

const secret = 'a secret for tests, 32 bytes and more'
const storage = createLocalStorage({ root: tmpdir() })

const { spoolFolder: _, ...withoutSpoolFolder } = storage

function check(options: Partial<Record<keyof TitofistoOptions, unknown>>) {
  // Wrong ones are what this is about.
  return checkTitofistoOptions({ secret, storage, ...options } as TitofistoOptions)
}

describe('the options of createTitofisto', () => {
  it('have defaults', () => {
    expect(check({})).toMatchObject({
      layout: {
        mountPath: '/media/',
        param: 'titofisto_token',
        publicNamespace: 'public/',
      },
      mediaUrl: '/media/',
      timeoutSeconds: 3600,
      stableSeconds: 0,
      sweepSeconds: 60,
      leaseSeconds: 30,
      keepInterruptedSeconds: 604_800,
      djangoZone: null,
      cacheBytes: 32 * 1024 * 1024,
      publicCacheControl: 'public, max-age=3600',
      origins: [],
      sharing: {
        links: { isOpen: true, resourcePolicy: 'cross-origin' },
        boundLinks: { isOpen: false, resourcePolicy: 'same-site' },
        publicFiles: { isOpen: false, resourcePolicy: 'same-site' },
      },
    })
  })

  it.each([
    [{ cors: 'all' }, [true, false, true], ['cross-origin', 'same-site', 'cross-origin']],
    [{ cors: false }, [false, false, false], ['same-site', 'same-site', 'same-site']],
    [
      { crossOriginResourcePolicy: 'same-origin' },
      [true, false, false],
      ['same-origin', 'same-origin', 'same-origin'],
    ],
  ])('say who else may read links, bound links and public files: %j', (options, open, policies) => {
    const { links, boundLinks, publicFiles } = check(options).sharing
    const each = [links, boundLinks, publicFiles]
    expect(each.map(({ isOpen }) => isOpen)).toEqual(open)
    expect(each.map(({ resourcePolicy }) => resourcePolicy)).toEqual(policies)
  })

  it.each([
    ['/', '/'],
    ['/files/', '/files/'],
    ['https://files.example/m/', '/m/'],
    ['https://files.example/', '/'],
    ['http://localhost:8080/a/b/', '/a/b/'],
    ['/m%C3%A9dia/', '/m%C3%A9dia/'],
  ])('find the mount path in mediaUrl %s: %s', (mediaUrl, mountPath) => {
    expect(check({ mediaUrl })).toMatchObject({ mediaUrl, layout: { mountPath } })
  })

  it.each([
    [{}, 'UTC'],
    [{ timeZone: 'UTC' }, 'UTC'],
    [{ timeZone: 'Europe/Berlin' }, 'Europe/Berlin'],
    [{ timeZone: 'Etc/UTC' }, 'Etc/UTC'],
    [{ useTz: true }, 'UTC'],
    [{ useTz: true, timeZone: 'Europe/Berlin' }, 'UTC'],
    [{ useTz: false }, 'Etc/UTC'],
    [{ useTz: false, timeZone: 'UTC' }, 'Etc/UTC'],
    [{ useTz: false, timeZone: 'Europe/Berlin' }, 'Europe/Berlin'],
  ])('say how Django writes a time by its two settings: %j', (options, djangoZone) =>
    expect(check({ interop: 'django', ...options })).toMatchObject({ djangoZone }),
  )

  it.each([
    [{ useTz: 'false' }, TypeError, 'useTz'],
    [{ useTz: 0 }, TypeError, 'useTz'],
    [{ useTz: true, timeZone: 'Mars' }, RangeError, 'timeZone'],
    [{ useTz: false, timeZone: 'utc' }, RangeError, 'timeZone'],
  ])('of Django are refused: %j', (options, kind, named) => {
    const checked = () => check({ interop: 'django', ...options })
    expect(checked).toThrow(kind)
    expect(checked).toThrow(named)
  })

  it('write a mediaUrl that ends no text around it, but for Django, which compares letters', () => {
    expect(check({ mediaUrl: `/~o'b(1)*!"<>/` }).mediaUrl).toBe('/~o%27b%281%29%2A%21%22%3C%3E/')
    expect(check({ mediaUrl: 'https://[::1]:80/a(b)%28/' }).mediaUrl).toBe(
      'https://[::1]:80/a%28b%29%28/',
    )
    expect(check({ mediaUrl: '/a(b)/', interop: 'django' }).mediaUrl).toBe('/a(b)/')
  })

  it('write a mediaUrl as it stands in requests: links go to programs that encode nothing', () => {
    expect(check({ mediaUrl: '/média/' })).toMatchObject({
      mediaUrl: '/m%C3%A9dia/',
      layout: { mountPath: '/m%C3%A9dia/' },
    })
    expect(check({ mediaUrl: 'https://files.example/média/' })).toMatchObject({
      mediaUrl: 'https://files.example/m%C3%A9dia/',
      layout: { mountPath: '/m%C3%A9dia/' },
    })
    expect(check({ mountPath: '/m%C3%A9di%61é/' })).toMatchObject({
      layout: { mountPath: '/m%C3%A9di%61%C3%A9/' },
    })
  })

  it('take another mount path, for proxies that cut a prefix', () =>
    expect(check({ mediaUrl: '/app/media/', mountPath: '/' })).toMatchObject({
      mediaUrl: '/app/media/',
      layout: { mountPath: '/' },
    }))

  it('give a namespace its border (weakness `public-prefix`)', () => {
    for (const publicNamespace of ['pub', 'pub/'])
      expect(check({ publicNamespace })).toMatchObject({ layout: { publicNamespace: 'pub/' } })
    expect(check({ publicNamespace: false })).toMatchObject({ layout: { publicNamespace: null } })
  })

  it.each<[keyof TitofistoOptions, unknown]>([
    ['storage', undefined],
    ['storage', {}],
    ['storage', 'media'],
    ['storage', { ...storage, adopt: undefined }],
    ['storage', withoutSpoolFolder],
    ['slotStore', {}],
    ['slotStore', 'files'],
    ['slotStore', { ...createMemorySlotStore(), remove: null }],
    ['mediaUrl', 'media/'],
    ['mediaUrl', '/media'],
    ['mediaUrl', '//host/media/'],
    ['mediaUrl', '/media/?x/'],
    ['mediaUrl', '/media/#/'],
    ['mediaUrl', '/me dia/'],
    ['mediaUrl', '/me\\dia/'],
    ['mediaUrl', 'ftp://host/media/'],
    ['mediaUrl', 'https:///media/'],
    ['mediaUrl', 'https://host'],
    ['mediaUrl', 'https://[/'],
    ['mediaUrl', ''],
    ['mediaUrl', '/\ud800/'],
    ['mediaUrl', 5],
    ['mountPath', 'x'],
    ['mountPath', ''],
    ['mountPath', '/x'],
    ['mountPath', '/\ud800/'],
    ['mountPath', 5],
    ['timeoutSeconds', 0],
    ['timeoutSeconds', -1],
    ['timeoutSeconds', 0.5],
    ['timeoutSeconds', '3600'],
    ['timeoutSeconds', Number.NaN],
    ['timeoutSeconds', 1e11],
    ['timeoutSeconds', -Infinity],
    ['timeoutSeconds', null],
    ['param', ''],
    ['param', 't&x'],
    ['param', 't k'],
    ['param', 't[]'],
    ['param', 'a'.repeat(65)],
    ['publicNamespace', ''],
    ['publicNamespace', '/'],
    ['publicNamespace', '../x'],
    ['publicNamespace', true],
    ['publicNamespace', null],
    ['uploadNamespace', '..'],
    ['uploadNamespace', 5],
    ['uploadNamespace', 'public/'],
    ['uploadNamespace', 'public'],
    ['sweepSeconds', -1],
    ['sweepSeconds', 0.5],
    ['sweepSeconds', 86_401],
    ['sweepSeconds', 100_000],
    ['sweepSeconds', Infinity],
    ['sweepSeconds', Number.NaN],
    ['sweepSeconds', '60'],
    ['durable', 1],
    ['stableSeconds', -1],
    ['stableSeconds', 1.5],
    ['leaseSeconds', 0],
    ['leaseSeconds', 0.5],
    ['leaseSeconds', 3601],
    ['leaseSeconds', Infinity],
    ['leaseSeconds', '30'],
    ['leaseSeconds', null],
    ['keepInterruptedSeconds', -1],
    ['keepInterruptedSeconds', 315_360_001],
    ['keepInterruptedSeconds', '7d'],
    ['bindOf', 'x'],
    ['versionOf', {}],
    ['interop', 'rails'],
    ['timeZone', 'UTC'],
    ['useTz', true],
    ['useTz', 'false'],
    ['cacheBytes', -1],
    ['cacheBytes', 1.5],
    ['cacheBytes', Infinity],
    ['publicCacheControl', ''],
    ['publicCacheControl', 'public\r\nX: y'],
    ['crossOriginResourcePolicy', 'none'],
    ['cors', true],
    ['cors', 'none'],
    ['cors', ['https://app.example']],
    ['origins', 'https://app.example'],
    ['origins', []],
    ['origins', ['app.example']],
    ['origins', ['https://app.example/']],
    ['origins', ['https://app.example', 'ftp://app.example']],
    ['onRefused', 'pass'],
    ['headers', {}],
    ['typeOf', new Map()],
    ['log', console],
    ['now', 5],
  ])('refuse a wrong %s (%j), naming it', (option, value) => {
    const refusal = expect(() => check({ [option]: value }))
    refusal.toThrow(option)
    refusal.toThrow(
      expect.toSatisfy((error) => error instanceof TypeError || error instanceof RangeError),
    )
  })

  it('refuse an unknown one, naming the nearest', () => {
    expect(() => check({ timeout: 5 } as object)).toThrow(/"timeout".*"timeoutSeconds"/)
    expect(() => check({ mediaURL: '/' } as object)).toThrow(/"mediaURL".*"mediaUrl"/)
  })
})
