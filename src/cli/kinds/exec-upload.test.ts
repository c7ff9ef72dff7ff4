import { describe, expect, it } from 'vitest'
import { SlotRejection } from '../../slots/handling/slot-rejection.ts'
import { toCommandEnv, toExecAnswer } from './exec-upload.ts'
import type { UploadedFile } from '../../receive/uploaded-file.ts'
import type { SlotCall } from '../../slots/kinds/handler-call.ts'
import type { SlotArgs } from './slot-args.ts'

describe('toExecAnswer', () => {
  const ended = (exitCode: number | null, output: string | null = '') => ({
    exitCode,
    output,
    signal: exitCode === null ? ('SIGKILL' as const) : null,
  })

  it('takes what a command printed as JSON where it is that', () => {
    expect(toExecAnswer(ended(0, '{"a": [1]}\n'))).toEqual({ a: [1] })
    expect(toExecAnswer(ended(0, 'false'))).toBe(false)
  })

  it('takes it as text where it is not', async () => {
    const answer = toExecAnswer(ended(0, 'clean\n'))
    if (!(answer instanceof Response)) throw new TypeError('It must be a Response.')
    expect(await answer.text()).toBe('clean\n')
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('has no answer where a command printed nothing, or too much', () => {
    expect(toExecAnswer(ended(0, ' \n'))).toBeUndefined()
    expect(toExecAnswer(ended(0, null))).toBeUndefined()
  })

  it.each([1, 2, 74, 76, 125])('refuses for good on exit code %i', (exitCode) => {
    const rejection = rejectionOf(() => toExecAnswer(ended(exitCode, 'Found EICAR\u001b[2J\nmore')))
    expect(rejection).toMatchObject({ status: 422, retry: false })
    expect(rejection.message).toBe('Found EICAR\\u{1b}[2J')
  })

  it('refuses for now on exit code 75', () => {
    expect(rejectionOf(() => toExecAnswer(ended(75)))).toMatchObject({
      status: 409,
      retry: true,
      message: 'Not now. Try again.',
    })
  })

  it.each([126, 127, 137, null])('blames the command, not the upload, for %j', (exitCode) => {
    expect(() => toExecAnswer(ended(exitCode))).toThrow(/^The command of --exec ended with /)
    expect(() => toExecAnswer(ended(exitCode))).not.toThrow(SlotRejection)
  })
})

describe('toCommandEnv', () => {
  const file: Pick<UploadedFile, 'name' | 'path' | 'sizeBytes' | 'type' | 'sniffedType'> = {
    name: '$(rm -rf ~); a.png',
    path: '/spool/one',
    sizeBytes: 5,
    type: 'image/png',
    sniffedType: null,
  }
  // What the function reads of a call; the rest is not looked at.
  const call = {
    args: { prefix: 'in/', sha256: false },
    files: [file, { ...file, path: '/spool/two', sniffedType: 'image/png' }],
    slot: { id: 'x', kind: 'exec', attempt: 2 },
  } as unknown as SlotCall<SlotArgs>

  it('has every fact of every file', () => {
    expect(toCommandEnv({}, call)).toEqual({
      TITOFISTO_PREFIX: 'in/',
      TITOFISTO_SLOT_ID: 'x',
      TITOFISTO_KIND: 'exec',
      TITOFISTO_ATTEMPT: '2',
      TITOFISTO_COUNT: '2',
      TITOFISTO_FILE: '/spool/one',
      TITOFISTO_NAME: '$(rm -rf ~); a.png',
      TITOFISTO_SIZE: '5',
      TITOFISTO_TYPE: 'image/png',
      TITOFISTO_SNIFFED_TYPE: '',
      TITOFISTO_FILE_2: '/spool/two',
      TITOFISTO_NAME_2: '$(rm -rf ~); a.png',
      TITOFISTO_SIZE_2: '5',
      TITOFISTO_TYPE_2: 'image/png',
      TITOFISTO_SNIFFED_TYPE_2: 'image/png',
    })
  })

  it("has the server's variables, but never its secret", () => {
    const ours = { PATH: '/bin', TITOFISTO_SECRET: 'x', TITOFISTO_FILE: 'old' }
    const env = toCommandEnv({ ...ours, TITOFISTO_SLOTS: 'redis://:x@localhost' }, call)
    expect(env).toMatchObject({ PATH: '/bin', TITOFISTO_FILE: '/spool/one' })
    expect(env).not.toHaveProperty('TITOFISTO_SECRET')
    expect(env).not.toHaveProperty('TITOFISTO_SLOTS')
  })
})

function rejectionOf(run: () => unknown): SlotRejection {
  try {
    run()
  } catch (error) {
    if (error instanceof SlotRejection) return error
    throw error
  }
  throw new Error('It must refuse.')
}
