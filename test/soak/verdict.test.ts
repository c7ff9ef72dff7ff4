// The verdict must be sharp: what it lets pass, no hour of soak will find.

import { describe, expect, it } from 'vitest'
import type { SlotEntry } from '../../soak/ledger.mjs'
import { describeBytes, patternBytes } from '../../soak/pattern.mjs'
import { expectationsOf, expectedOfFile, whyWrong } from '../../soak/verdict/content.mjs'

describe('a byte of a body', () => {
  it('is the same however much of the body is made at once', () => {
    const whole = patternBytes(7, 0, 1000)
    for (const [from, length] of [
      [0, 1],
      [15, 2],
      [16, 16],
      [333, 400],
      [999, 1],
    ] as const)
      expect(patternBytes(7, from, length)).toEqual(whole.subarray(from, from + length))
  })

  it('says whose it is', () => {
    const mixed = Buffer.concat([patternBytes(128, 0, 64), patternBytes(300, 4096, 64)])
    expect(whyWrong(mixed, 0, expectedOfFile({ body: 128, lengthBytes: 128 }))).toContain(
      'bytes 64-127 belong to upload 1 (its body 44), from its byte 4096',
    )
    expect(describeBytes(Buffer.alloc(64), 512)).toBe('bytes 512-575 are zeros')
  })
})

describe('a resumable upload', () => {
  const stalled = piece(0, 0, 900, { isCreation: true, isAnswered: false })

  it('has the bytes of the piece that was acknowledged last', () => {
    const entry = entryOf([stalled, piece(2, 300, 1000)])
    expect(isPossible(entry, [0, 0, 300], [2, 300, 1000])).toBe(true)
    expect(isPossible(entry, [0, 0, 900], [2, 900, 1000])).toBe(false)
    expect(isPossible(entry, [0, 0, 1000])).toBe(false)
  })

  it('may have been begun anew by a creation that a stopped server read late', () => {
    const created = piece(1, 0, 0, { isCreation: true })
    const entry = entryOf([stalled, created, piece(2, 0, 400), piece(4, 800, 1000)])
    expect(isPossible(entry, [0, 0, 800], [4, 800, 1000])).toBe(true)
    expect(isPossible(entry, [2, 0, 400], [4, 800, 1000])).toBe(false)
    expect(isPossible(entry, [0, 0, 900], [4, 900, 1000])).toBe(false)
  })
})

function piece(
  body: number,
  fromByte: number,
  toByte: number,
  { isCreation = false, isAnswered = true } = {},
): SlotEntry['deeds'][number] {
  const ackedByte = isAnswered ? toByte : null
  return {
    of: { what: 'piece', fault: 'good', isCreation, body, fromByte, toByte, ackedByte },
    status: isAnswered ? 204 : null,
    server: 'A',
    pid: 1,
    key: null,
    startMs: 0,
    endMs: 0,
    end: 'answered',
    text: '',
  }
}

function entryOf(deeds: SlotEntry['deeds']): SlotEntry {
  // Of a slot, only these are asked for.
  return { plan: { way: 'tus' }, lengthBytes: 1000, deeds } as unknown as SlotEntry
}

/** Whether a file made of parts of bodies is one that the upload may have become. */
function isPossible(
  entry: SlotEntry,
  ...parts: readonly (readonly [body: number, from: number, to: number])[]
): boolean {
  const file = Buffer.concat(parts.map(([body, from, to]) => patternBytes(body, from, to - from)))
  return expectationsOf(entry).some(
    (expected) => expected.lengthBytes === file.length && whyWrong(file, 0, expected) === null,
  )
}
