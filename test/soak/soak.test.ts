// A minute of the soak, and proof of what it is worth: faults that were in the code once, put back
// on purpose, are found. soak/README.md says what it does.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { plantedFaults } from '../../soak/planted/faults.mjs'
import { plant } from '../../soak/planted/plant.mjs'
import { compileSource } from '../../tools/compile-source.mjs'

const soakFolder = fileURLToPath(new URL('../../soak', import.meta.url))

describe('a minute of soak', () => {
  it('finds nothing lost, doubled, foreign or left', { timeout: 400_000 }, async () => {
    const source = await compileSource()
    try {
      // A new seed each time: what it finds can be had again by the number it prints.
      const { code, output } = await runSoak('run.mjs', [
        '--seconds',
        '60',
        '--dist',
        source.folder,
      ])
      console.log(output)
      expect(code, output).toBe(0)
    } finally {
      await source.remove()
    }
  })
})

describe('a fault put back on purpose', () => {
  it.each(['staging', 'takeover'] as const)('is found: %s', { timeout: 400_000 }, async (name) => {
    // A minute is enough on an idle machine; it ends once the fault is found, and a busy one does less in it.
    const { code, output } = await runSoak('planted/plant-and-soak.mjs', [name, '--seconds', '240'])
    expect(code, output).toBe(0)
    expect(output).toContain(`found: ${plantedFaults[name].what}`)
  })

  it('that no longer fits the source says so', async () => {
    const edits = [{ file: 'slots/record/slot.ts', find: 'what never stood there', put: '' }]
    const fault = { ...plantedFaults.takeover, edits }
    await expect(plant(fault)).rejects.toThrow(/can't plant .* 0 times instead of once/)
  })
})

async function runSoak(script: string, args: readonly string[]) {
  const child = spawn(process.execPath, [join(soakFolder, script), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, output }
}
