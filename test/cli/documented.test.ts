import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { flagOf, settingNames, variableOf } from '../../src/cli/settings.ts'
import { explainCommand } from '../../src/cli/explain.ts'
import { serveCommand } from '../../src/cli/serve.ts'
import { urlCommand } from '../../src/cli/url.ts'

const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')

describe('docs/cli.md', () => {
  it.each(settingNames)('has the flag and the variable of %s', (name) => {
    expect(page).toContain(`\`--${flagOf(name)}`)
    expect(page).toContain(`\`${variableOf(name)}\``)
  })

  it('has no flag that is not there', () => {
    const commands = [serveCommand, urlCommand, explainCommand]
    const flags = commands.flatMap((command) =>
      [command.flags.texts, command.flags.switches].flat(),
    )
    const known = new Set([...flags, 'help', 'version'])
    const named = [...page.matchAll(/`--([a-z][a-z-]*)/g)].map((match) => match[1] ?? '')
    expect(named.filter((flag) => !known.has(flag))).toEqual([])
  })
})

describe.each([
  ['serve', serveCommand],
  ['url', urlCommand],
  ['explain', explainCommand],
])('titofisto %s --help', (_, { flags, help }) => {
  // The folder of `serve` is its argument.
  const shown = [...flags.texts, ...flags.switches].filter((flag) => flag !== 'root')

  it.each(shown)('has --%s', (flag) => {
    expect(help).toMatch(new RegExp(`--${flag}\\b`))
  })

  it('has no flag that is not there', () => {
    const named = [...help.matchAll(/--([a-z][a-z-]*)/g)].map((match) => match[1] ?? '')
    const known = new Set([...flags.texts, ...flags.switches])
    expect(named.filter((flag) => !known.has(flag))).toEqual([])
  })
})
