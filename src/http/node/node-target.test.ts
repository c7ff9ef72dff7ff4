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
  ])('%j is found in spite of what routers cut: %s', (req, target) =>
    expect(targetOf(req, '/media/')).toBe(target),
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
    expect(targetOf(req, '/media/')).toBe(target),
  )
})
