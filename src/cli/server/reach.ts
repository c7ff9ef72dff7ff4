// Where a server can be reached: by this machine, by others of its network, and by a phone that looks
// at the screen.

import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os'
import { renderUnicodeCompact } from 'uqr'
import { toAbsoluteUrl } from '../absolute-url.ts'
import type { Colours } from '../colour.ts'
import type { Settings } from '../settings/settings.ts'

/**
 * The origins by which other machines of the network reach a server that listens on all addresses;
 * none where it listens on one. The first is the likeliest.
 */
export function lanOrigins(
  settings: Settings,
  origin: string,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces(),
): readonly string[] {
  const host = settings.find('host')?.text
  if (host !== '0.0.0.0' && host !== '::') return []
  const { protocol, port } = new URL(origin)
  const addresses = Object.values(interfaces).flatMap((each) => each ?? [])
  return addresses
    .filter(({ internal, family, address }) => {
      // What begins so is good on one cable only, and needs the name of an interface.
      const isReachable = !internal && !/^(?:169\.254\.|fe80:)/i.test(address)
      return isReachable && (family === 'IPv4' || host === '::')
    })
    .toSorted((one, other) => one.family.localeCompare(other.family))
    .map(({ family, address }) => {
      const authority = family === 'IPv6' ? `[${address}]` : address
      return `${protocol}//${authority}${port === '' ? '' : `:${port}`}`
    })
}

/** A URL of ours for other people: by the network's address where there is one. */
export function toSharedUrl(url: string, origin: string, lan: readonly string[]): string {
  return toAbsoluteUrl(url, lan[0] ?? origin)
}

/** A QR code for a terminal, in half blocks: dark on light, whatever the terminal's own colours are. */
export function formatQrCode(url: string, { isOn }: Pick<Colours, 'isOn'>): string {
  // What is light is drawn: without colours it fits terminals whose ground is dark, as most are.
  const code = renderUnicodeCompact(url, { border: 1, ecc: 'L' })
  if (!isOn) return code
  return code
    .split('\n')
    .map((line) => `\u001b[97;40m${line}\u001b[0m`)
    .join('\n')
}
