import { hostname } from 'node:os'
import { describe, expect, it } from 'vitest'
import { isFromOwnPage, isLoopback, readOwnOrigin } from './own-requests.ts'

const place = { isTls: false, mediaOrigin: 'https://files.example', host: '0.0.0.0' }

describe('the origin that a request came to', () => {
  it.each([
    ['127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['192.168.1.7:8080', 'http://192.168.1.7:8080'],
    ['[::1]:8080', 'http://[::1]:8080'],
    ['LOCALHOST:8080', 'http://localhost:8080'],
    ['app.localhost', 'http://app.localhost'],
    ['files.example', 'http://files.example'],
    [`${hostname()}:8080`, `http://${hostname().toLowerCase()}:8080`],
  ])('%s is one of ours', (host, origin) => {
    expect(readOwnOrigin({ host }, place)).toBe(origin)
  })

  it.each([
    'evil.example',
    'evil.example:8080',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'files.example.evil.example',
    'evil.example#127.0.0.1',
    'user@127.0.0.1',
    '127.0.0.1/evil.example',
    '',
  ])('%j is none: a name that leads here may be anybody’s', (host) => {
    expect(readOwnOrigin({ host }, place)).toBeNull()
  })

  it('is none where the request does not say', () => {
    expect(readOwnOrigin({}, place)).toBeNull()
  })
})

describe('a request that changes something', () => {
  const own = ['http://127.0.0.1:8080', 'https://files.example']

  it.each([
    { origin: 'http://127.0.0.1:8080' },
    { origin: 'https://files.example', 'sec-fetch-site': 'same-origin' },
    { origin: 'null', 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'same-origin' },
  ])('%j is our own page’s', (headers) => {
    expect(isFromOwnPage(headers, own)).toBe(true)
  })

  it.each([
    {},
    { origin: 'null' },
    { origin: 'http://evil.example' },
    { origin: 'http://127.0.0.1:8081' },
    { origin: 'https://127.0.0.1:8080' },
    { origin: 'http://127.0.0.1:8080', 'sec-fetch-site': 'cross-site' },
    { origin: 'http://127.0.0.1:8080', 'sec-fetch-site': 'same-site' },
    { origin: 'null', 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'none' },
  ])('%j is not', (headers) => {
    expect(isFromOwnPage(headers, own)).toBe(false)
  })
})

describe('an origin that only this machine reaches', () => {
  it.each([
    ['http://127.0.0.1:80', true],
    ['http://localhost:8080', true],
    ['http://[::1]:8080', true],
    ['http://192.168.1.7:8080', false],
    ['https://files.example', false],
  ])('%s: %j', (origin, isLocal) => {
    expect(isLoopback(origin)).toBe(isLocal)
  })
})
