import { describe, expect, it } from 'vitest'
import type { Incoming } from '../http/exchange.ts'
import { isFormNavigation, isNavigation } from './navigation.ts'

const browsers = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8'
const java = 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2'

function asked(fields: Readonly<Record<string, string>>): Incoming {
  const nothing = { method: 'GET', target: '/', origin: 'http://x', platformRequest: null }
  const body = (): never => {
    throw new Error('Nobody reads it.')
  }
  return { ...nothing, header: (name) => fields[name], body }
}

const navigates = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

describe('a request that navigates', () => {
  it.each([
    ['a browser at an address', { accept: browsers, ...navigates }],
    ['a frame', { accept: browsers, ...navigates, 'sec-fetch-dest': 'iframe' }],
    ['a browser without Fetch Metadata, as over plain HTTP', { accept: browsers }],
    ['a text browser', { accept: 'text/html, text/plain, text/*;q=0.01' }],
  ])('is that of %s', (_, fields) => {
    expect(isNavigation(asked(fields))).toBe(true)
  })

  it.each([
    ['curl and fetch', { accept: '*/*' }],
    ['a program that says nothing', {}],
    ['axios', { accept: 'application/json, text/plain, */*' }],
    ['a program that would rather have JSON', { accept: 'application/json, text/html;q=0.9' }],
    ['an image', { accept: 'image/avif,image/webp,image/*,*/*;q=0.8' }],
    [
      'an image in a browser that asks for anything',
      { accept: browsers, ...navigates, 'sec-fetch-dest': 'image', 'sec-fetch-mode': 'no-cors' },
    ],
    [
      'a script that asks for HTML',
      { accept: 'text/html', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
    ],
    ['an object', { accept: browsers, ...navigates, 'sec-fetch-dest': 'object' }],
    ['who takes no HTML', { accept: 'text/html;q=0, */*' }],
  ])('is not that of %s', (_, fields) => {
    expect(isNavigation(asked(fields))).toBe(false)
  })
})

describe('a form that is sent', () => {
  it.each([
    ['with Fetch Metadata', navigates],
    ['over plain HTTP', { 'upgrade-insecure-requests': '1' }],
  ])("is a browser's %s", (_, fields) => {
    expect(isFormNavigation(asked({ accept: browsers, ...fields }))).toBe(true)
  })

  it("is not Java's, though it says that it reads HTML", () => {
    expect(isFormNavigation(asked({ accept: java }))).toBe(false)
  })
})
