import { describe, expect, it } from 'vitest'
import { coloursOf } from '../colour.ts'
import { formatQrCode, lanOrigins } from './reach.ts'
import type { Settings } from '../settings/settings.ts'

function settingsWith(host: string | null): Settings {
  return {
    secret: null,
    find: (name) => (name === 'host' && host !== null ? { text: host, source: '--host' } : null),
  }
}

const netmask = '255.255.255.0'
const mac = '00:00:00:00:00:00'
const four = { netmask, mac, family: 'IPv4', cidr: null } as const
const six = { netmask, mac, family: 'IPv6', cidr: null, scopeid: 0 } as const
const interfaces = {
  lo: [{ ...four, address: '127.0.0.1', internal: true }],
  wifi: [
    { ...six, address: 'fe80::1', internal: false },
    { ...six, address: '2001:db8::5', internal: false },
    { ...four, address: '192.168.1.5', internal: false },
  ],
  cable: [{ ...four, address: '169.254.7.7', internal: false }],
}

describe('lanOrigins', () => {
  it.each([
    [null, []],
    ['127.0.0.1', []],
    ['192.168.1.5', []],
    ['0.0.0.0', ['https://192.168.1.5:8080']],
    ['::', ['https://192.168.1.5:8080', 'https://[2001:db8::5]:8080']],
  ])('of a server on %s are those that the network reaches', (host, origins) => {
    expect(lanOrigins(settingsWith(host), 'https://127.0.0.1:8080', interfaces)).toEqual(origins)
  })
})

describe('colour', () => {
  const terminal = { isTTY: true }
  it.each([
    [terminal, {}, true],
    [terminal, { NO_COLOR: '' }, true],
    [terminal, { NO_COLOR: '1' }, false],
    [terminal, { TERM: 'dumb' }, false],
    [{}, {}, false],
  ])('for %j with %j: %s', (stream, env, isOn) => {
    const colours = coloursOf(stream, env)
    expect(colours.isOn).toBe(isOn)
    expect(colours.bold('x')).toBe(isOn ? '\u001b[1mx\u001b[22m' : 'x')
  })

  it('makes a QR code dark on light whatever the terminal has', () => {
    const plain = formatQrCode('https://files.example/', { isOn: false })
    const coloured = formatQrCode('https://files.example/', { isOn: true })
    expect(plain).not.toContain('\u001b')
    const lines = coloured.split('\n')
    expect(
      lines.every((line) => line.startsWith('\u001b[97;40m') && line.endsWith('\u001b[0m')),
    ).toBe(true)
    expect(lines.map((line) => line.slice(8, -4)).join('\n')).toBe(plain)
  })
})
