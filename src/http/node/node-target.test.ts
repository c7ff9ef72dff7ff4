import { describe, expect, it } from 'vitest'
import { targetOf } from './node-target.ts'

describe('the target of a request at /media/', () => {
  it.each([
    // Nobody touched it.
    [{ url: '/media/a?x' }, '/media/a?x'],
    [{ url: '/other' }, '/other'],
    [{ url: 'http://h/media/a' }, 'http://h/media/a'],
    [{ url: '/media/a', originalUrl: '/media/a' }, '/media/a'],
    [{}, '/'],
    // Express, mounted.
    [{ url: '/a?x', baseUrl: '/media', originalUrl: '/media/a?x' }, '/media/a?x'],
    [{ url: '/?x', baseUrl: '/media', originalUrl: '/media?x' }, '/media/?x'],
    [{ url: '/media/a', baseUrl: '', originalUrl: '/media/a' }, '/media/a'],
    [{ url: '/media/a', baseUrl: '/media', originalUrl: '/media/media/a' }, '/media/media/a'],
    [{ url: 'http://h/a', baseUrl: '/media', originalUrl: 'http://h/media/a' }, '/media/a'],
    // Express, mounted elsewhere: the rest counts.
    [{ url: '/a?x', baseUrl: '/files', originalUrl: '/files/a?x' }, '/media/a?x'],
    // Connect, Polka, Koa's mount, Fastify's middie: no baseUrl.
    [{ url: '/a?x', originalUrl: '/media/a?x' }, '/media/a?x'],
    [{ url: '/?x', originalUrl: '/media?x' }, '/media/?x'],
    [{ url: '/', originalUrl: '/media' }, '/media/'],
    [{ url: '/a?x', originalUrl: '/files/a?x' }, '/media/a?x'],
    [{ url: '/a', originalUrl: 'http://h/media/a' }, '/media/a'],
    [{ url: 'http://h/a', originalUrl: 'http://h/media/a' }, '/media/a'],
    [{ url: 'http://h/a?x', originalUrl: 'http://h/files/a?x' }, '/media/a?x'],
    // At the root of what is mounted.
    [{ url: '/media/a?x', baseUrl: '/app', originalUrl: '/app/media/a?x' }, '/media/a?x'],
    [{ url: '/media/a?x', originalUrl: '/app/media/a?x' }, '/media/a?x'],
  ])('%j is found in spite of what routers cut: %s', (req, target) =>
    expect(targetOf(req, { mountPath: '/media/' })).toBe(target),
  )

  it.each([
    [{ url: '/media/public/b', originalUrl: '/media/private/a?token=1' }, '/media/public/b'],
    [{ url: '/media/b', baseUrl: '', originalUrl: '/media/a' }, '/media/b'],
    [{ url: '/b', baseUrl: '/media', originalUrl: '/media/a' }, '/media/b'],
    [{ url: '/login', originalUrl: '/media/a' }, '/login'],
    [{ url: '/login', baseUrl: '', originalUrl: '/media/login' }, '/login'],
    [{ url: '/media/a', originalUrl: '/media/a?titofisto_token=1' }, '/media/a'],
    [{ url: '/media/a?added=1', originalUrl: '/media/a' }, '/media/a?added=1'],
    [{ url: '/', originalUrl: '/media/a' }, '/'],
    [{ url: '/', originalUrl: '/old-home' }, '/'],
    [{ url: '/?x', originalUrl: '/media/a?x' }, '/?x'],
    // A client may end its query as it likes.
    [{ url: '/blocked', originalUrl: '/media/a?titofisto_token=1&z=/blocked' }, '/blocked'],
    [{ url: '/blocked?y', originalUrl: '/media/a?z=/blocked?y' }, '/blocked?y'],
    [{ url: '/', originalUrl: '/media/a?titofisto_token=1&z=/' }, '/'],
  ])('%j is what middleware made of it: %s', (req, target) =>
    expect(targetOf(req, { mountPath: '/media/' })).toBe(target),
  )
})

describe('a router that cuts a prefix', () => {
  /** Asks for a target at a site, and gives with it what the site was told. */
  function ask(req: object, ...[mountPath = '', ...alsoAt]: readonly string[]) {
    const noticed: string[] = []
    const target = targetOf(req, { mountPath, alsoAt, notice: (prefix) => noticed.push(prefix) })
    return [target, ...noticed]
  }

  it('is told of where nothing is known of it', () => {
    expect(ask({ url: '/a?x', baseUrl: '/files' }, '/media/')).toEqual(['/media/a?x', '/files/'])
    expect(ask({ url: '/a', originalUrl: '/files/a' }, '/media/')).toEqual(['/media/a', '/files/'])
    expect(ask({ url: '/a', baseUrl: '/media' }, '/media/')).toEqual(['/media/a'])
    expect(ask({ url: '/a', baseUrl: '/files' }, '/media/', '/files/')).toEqual(['/files/a'])
  })

  it('above our place takes nothing for ours that is not below it', () => {
    for (const site of [['/app/media/'], ['/media/', '/app/media/']])
      expect(ask({ url: '/users', baseUrl: '/app' }, ...site)).toEqual(['/app/users'])
    expect(ask({ url: '/users', originalUrl: '/app/users' }, '/app/media/')).toEqual(['/app/users'])
    expect(ask({ url: '/users', baseUrl: '/%61pp' }, '/app/media/')).toEqual(['/%61pp/users'])
  })
})
