import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { describeCause, logErrorsToConsole, stackOf } from './log.ts'
import { createKeyring } from './token/keyring.ts'
import { signNativeToken } from './token/native.ts'

const token = signNativeToken(
  createKeyring(['a secret for tests, 32 bytes and more'], 'media'),
  { name: 'a.png', version: '1' },
  1_700_000_000,
  {},
)

/** An error as V8 makes it, from these places. */
function errorFrom(places: readonly string[], message = 'No.', cause?: unknown): Error {
  const error = new TypeError(message, { cause })
  error.stack = [`TypeError: ${message}`, ...places.map((place) => `    at ${place}`)].join('\n')
  return error
}

function framesOf(error: unknown, event = 'slot-handler-failed'): readonly string[] {
  return stackOf({ level: 'error', event, message: '', cause: error })
}

describe("the stack of a handler's error", () => {
  const here = process.cwd()

  it.each([
    [
      'a module',
      `handler (${pathToFileURL(here).href}/src/app.js:3:5)`,
      'handler (src/app.js:3:5)',
    ],
    ['a script', `handler (${here}/src/app.js:3:5)`, 'handler (src/app.js:3:5)'],
    ['async code', `async save (${here}/a.js:1:2)`, 'async save (a.js:1:2)'],
    ['no function', `${here}/src/app.js:3:5`, 'src/app.js:3:5'],
    [
      'a package elsewhere',
      'run (/opt/x/node_modules/pg/a.js:1:2)',
      'run (node_modules/pg/a.js:1:2)',
    ],
    ['a file elsewhere', 'run (/srv/secret-customer/app/b.js:1:2)', 'run (b.js:1:2)'],
    ['a module elsewhere', 'run (file:///srv/secret-customer/b.js:1:2)', 'run (b.js:1:2)'],
    ['Windows', 'run (D:\\customer\\app\\b.js:1:2)', 'run (b.js:1:2)'],
    ['Windows, a module', 'run (file:///D:/customer/app/b.js:1:2)', 'run (b.js:1:2)'],
    [
      'Node',
      'async open (node:internal/fs/promises:639:25)',
      'async open (node:internal/fs/promises:639:25)',
    ],
  ])('names the place without what lies above: %s', (_, place, shown) => {
    expect(framesOf(errorFrom([place]))).toEqual([`    at ${shown}`])
  })

  it('is the real one of what was really thrown here', () => {
    expect(framesOf(new Error('No.'))[0]).toMatch(/^ {4}at \S*src\/log\.test\.ts:\d+:\d+$/)
  })

  it('goes on with its causes', () => {
    const cause = Object.assign(errorFrom(['b.js:1:1'], '/srv/x is missing'), { code: 'ENOENT' })
    expect(framesOf(errorFrom(['a.js:1:1'], 'No.', cause))).toEqual([
      '    at a.js:1:1',
      '  caused by ENOENT',
      '    at b.js:1:1',
    ])
  })

  it('ends, however long it is and however the causes go', () => {
    const error = errorFrom(Array.from({ length: 1000 }, () => `x${'y'.repeat(10_000)}`))
    error.cause = error
    const frames = framesOf(error)
    expect(frames.length).toBeLessThan(70)
    for (const frame of frames) expect(frame.length).toBeLessThan(500)
  })

  it('has no token', () => {
    const error = errorFrom([`x (${token})`], `see /a?titofisto_token=${token}`, new Error(token))
    expect(JSON.stringify(framesOf(error))).not.toContain(token.slice(-43))
    expect(describeCause(error)).toBe('TypeError: see /a?titofisto_token=[token]')
  })

  it.each([
    ['what is no error', 'text'],
    ['null', null],
    ['an error without a stack', Object.assign(new Error('No.'), { stack: undefined })],
    [
      'an error that throws when it is looked at',
      Object.defineProperty(new Error('No.'), 'stack', {
        get() {
          throw new Error('no')
        },
      }),
    ],
  ])('is none of %s', (_, thrown) => {
    expect(framesOf(thrown)).toEqual([])
  })

  it.each(['bind-failed', 'on-refused-failed', 'page-failed', 'next-failed', 'listener-failed'])(
    'is told of all other code of the application as well: %s',
    (event) => {
      expect(framesOf(errorFrom(['a.js:1:1']), event)).toEqual(['    at a.js:1:1'])
    },
  )

  it('is not told where the disk is at fault, and not the code', () => {
    expect(framesOf(new Error('No.'), 'storage-failed')).toEqual([])
  })
})

describe('the log where none is given', () => {
  const console_ = vi.spyOn(console, 'error')

  beforeEach(() => {
    console_.mockReset().mockImplementation(() => {})
  })
  afterEach(() => {
    console_.mockReset()
  })

  it('writes what went wrong, about which slot, and the way there', () => {
    const message = 'A slot handler threw. (kind "note", run 1)'
    const cause = errorFrom(['handler (src/app.js:3:5)'], 'No such user.')
    logErrorsToConsole({
      level: 'error',
      event: 'slot-handler-failed',
      message,
      slotId: 'x',
      cause,
    })
    expect(console_.mock.calls).toEqual([
      [
        'titofisto: A slot handler threw. (kind "note", run 1) [x] (TypeError: No such user.)\n' +
          '    at handler (src/app.js:3:5)',
      ],
    ])
  })

  it('leaves out who was refused', () => {
    logErrorsToConsole({ level: 'info', event: 'refused', message: 'Late.' })
    expect(console_).not.toHaveBeenCalled()
  })
})
