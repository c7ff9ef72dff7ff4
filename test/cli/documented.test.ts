import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { flagOf, settingNames, variableOf } from '../../src/cli/settings/settings.ts'
import { explainCommand } from '../../src/cli/commands/explain.ts'
import { lsCommand } from '../../src/cli/commands/ls.ts'
import { requestCommand } from '../../src/cli/commands/request.ts'
import { requestsCommand } from '../../src/cli/commands/requests.ts'
import { serveCommand } from '../../src/cli/commands/serve.ts'
import { slotCommand } from '../../src/cli/commands/slot.ts'
import { slotsCommand } from '../../src/cli/commands/slots.ts'
import { sweepCommand } from '../../src/cli/commands/sweep.ts'
import { urlCommand } from '../../src/cli/commands/url.ts'

const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')

describe('docs/cli.md', () => {
  it.each(settingNames)('has the flag and the variable of %s', (name) => {
    expect(page).toContain(`\`--${flagOf(name)}`)
    expect(page).toContain(`\`${variableOf(name)}\``)
  })

  it('has no flag that is not there', () => {
    const commands = [
      serveCommand,
      urlCommand,
      explainCommand,
      slotCommand,
      slotsCommand,
      sweepCommand,
      lsCommand,
      requestCommand,
      requestsCommand,
    ]
    const flags = commands.flatMap((command) =>
      [command.flags.texts, command.flags.switches, command.flags.lists ?? []].flat(),
    )
    const known = new Set([...flags, 'help', 'version'])
    const named = [...page.matchAll(/`--([a-z][a-z0-9-]*)/g)].map((match) => match[1] ?? '')
    expect(named.filter((flag) => !known.has(flag))).toEqual([])
  })
})

describe.each([
  ['serve', serveCommand],
  ['url', urlCommand],
  ['explain', explainCommand],
  ['slot', slotCommand],
  ['slots', slotsCommand],
  ['sweep', sweepCommand],
  ['ls', lsCommand],
  ['request', requestCommand],
  ['requests', requestsCommand],
])('titofisto %s --help', (_, { flags, help }) => {
  // The folder of `serve` is its argument.
  const all = [...flags.texts, ...flags.switches, ...(flags.lists ?? [])]
  const shown = all.filter((flag) => flag !== 'root')

  it.each(shown)('has --%s', (flag) => {
    expect(help).toMatch(new RegExp(`--${flag}\\b`))
  })

  it('has no flag that is not there', () => {
    const named = [...help.matchAll(/--([a-z][a-z0-9-]*)/g)].map((match) => match[1] ?? '')
    const known = new Set(all)
    expect(named.filter((flag) => !known.has(flag))).toEqual([])
  })
})
