import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { namesJson, wantsProblems } from './accept.ts'

describe('problem details', () => {
  it.each([
    'application/json',
    'application/problem+json',
    'Application/JSON; charset=utf-8',
    'application/json, text/plain, */*', // axios, Angular
    'application/json, text/javascript, */*; q=0.01', // jQuery
    'text/html, application/json;q=0.9, */*;q=0.8',
    'text/plain;q=0.5, application/json;q=0.501',
    'application/problem+json;q=0.9, application/json;q=0.1, text/plain;q=0.5',
    'application/*',
    '*/*, text/plain;q=0',
    'application/json;profile="a,b;q=0"',
    'application/json ; q=1.000',
  ])('are for who says %s', (accept) => expect(wantsProblems(accept)).toBe(true))

  it.each([
    undefined,
    '',
    '*/*', // curl, fetch
    'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', // browsers
    'text/html, image/gif, *; q=.2, */*; q=.2', // Java
    'text/plain',
    'text/*, application/*',
    'application/json;q=0',
    'application/json;q=0.0, */*',
    'application/json;q=0.5, text/plain',
    'application/json;q=0.5, */*',
    'application/json, application/problem+json;q=0',
    'application/json;q=2',
    'application/json;q=high',
    'application/jsonp',
    'x-application/json',
    'image/png;note="application/json"',
    'image/png;note="open, application/json',
  ])('are not for who says %s', (accept) => expect(wantsProblems(accept)).toBe(false))

  it('follow the qualities, whatever the order and whatever else is named', () => {
    const quality = fc.integer({ min: 0, max: 1000 })
    const others = fc.constantFrom('image/png', 'application/xml;q=0.3', 'a/b;q=1;c="d,e"')
    const fields = fc.tuple(quality, quality, fc.array(others), fc.nat())
    fc.assert(
      fc.property(fields, ([json, text, rest, at]) => {
        const members = [...rest, `text/plain;q=${text / 1000}`]
        members.splice(at % (members.length + 1), 0, `application/json; q=${json / 1000}`)
        expect(wantsProblems(members.join(', '))).toBe(json > 0 && json >= text)
      }),
    )
  })
})

describe('JSON', () => {
  it.each([
    ['application/json', true],
    ['text/plain, application/json;q=0.1', true],
    ['application/json;q=0', false],
    ['application/*', false],
    ['x-application/json', false],
    [undefined, false],
  ])('is named by %s: %s', (accept, named) => expect(namesJson(accept)).toBe(named))
})
