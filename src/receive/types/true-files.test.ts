// Every type that can be named in `accept` is passed by a true file of that type.

import { fileTypeFromBuffer, supportedMimeTypes } from 'file-type'
import { describe, expect, it } from 'vitest'
import { rareFiles } from '../../../test/support/rare-files.ts'
import { trueFiles } from '../../../test/support/true-files.ts'
import { checkedLimits } from '../upload-limits.ts'
import { judge } from '../../../test/support/judge-type.ts'

const undeclared = 'application/octet-stream'
const aType = /^[a-z]+\/\S+$/
const taken = /^(?:[a-z]+\/\S+|none)$/

/** As a kind's `accept` has it. */
function accepting(...entries: readonly string[]): readonly string[] | null {
  return checkedLimits('slot "test"', { minBytes: 0, maxBytes: 1, accept: entries }).accept
}

describe('the true files', () => {
  it('are of every type that the sniffing library can name', () => {
    expect(trueFiles.map(({ type }) => type).sort()).toEqual([...supportedMimeTypes].sort())
  })

  it.each(trueFiles)('of $type are not made up', async ({ type, bytes }) => {
    const found = await fileTypeFromBuffer(bytes)
    expect(found?.mime).toBe(type)
  })
})

describe.each(trueFiles)('a true file of $type', ({ type, name, bytes }) => {
  const declared = type.replace(/;.*$/s, '').toLowerCase()

  it('is taken by the type, declared or not, with its name or without', async () => {
    for (const said of [declared, undeclared])
      for (const called of [name, name.toUpperCase(), null])
        expect(await judge(accepting(type), { type: said, name: called }, bytes)).toMatch(aType)
  })

  it('is taken by the suffix of its name', async () => {
    const suffix = name.slice(name.indexOf('.'))
    for (const said of [declared, undeclared])
      expect(await judge(accepting(suffix), { type: said, name }, bytes)).toMatch(aType)
  })

  it('is taken as one of its family', async () => {
    const family = accepting(`${declared.split('/')[0] ?? ''}/*`)
    for (const said of [declared, undeclared])
      expect(await judge(family, { type: said, name }, bytes)).toMatch(aType)
  })

  it('is not taken where something else is', async () => {
    const other = accepting(/^font\/[ot]tf$/.test(declared) ? 'font/woff' : 'font/otf', '.xyz')
    for (const said of [declared, undeclared, 'font/otf'])
      expect(await judge(other, { type: said, name }, bytes)).toMatch(
        /not taken|not show|don't show/,
      )
  })
})

describe.each(rareFiles)('a true file of $type that is rare ($name)', ({ type, name, bytes }) => {
  it('is taken by the type and by its suffix, declared or not', async () => {
    const suffix = name.slice(name.indexOf('.'))
    for (const accept of [accepting(type), accepting(suffix)])
      for (const said of [type, undeclared])
        expect(await judge(accept, { type: said, name }, bytes)).toMatch(taken)
  })

  it('is not taken where something else is', async () => {
    for (const said of [type, undeclared])
      expect(
        await judge(accepting('font/collection', '.xyz'), { type: said, name }, bytes),
      ).not.toMatch(aType)
  })
})

// The others' parts say how long they are, to the end of the file.
const unending = trueFiles.filter(
  ({ type, bytes }) => !/zip|jar|asf/.test(type) && bytes.toString('latin1', 0, 2) !== 'PK',
)

describe.each(unending)('a true file of $type', ({ type, name, bytes }) => {
  it('may go on for long', async () => {
    const long = Buffer.concat([bytes, Buffer.alloc(100_000, ' ')])
    expect(await judge(accepting(type), { type: undeclared, name }, long)).toMatch(aType)
  })
})
