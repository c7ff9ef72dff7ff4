// Which addresses anybody on the internet could reach as well as we. All others may be doors that stand
// open to this machine alone: its own services, its network's, its cloud's metadata.
// After IANA's registries of special-purpose addresses (RFC 6890), read in 2026.

import { BlockList, isIP } from 'node:net'
import { networkInterfaces } from 'node:os'

/** Whether an address, as text, is one of the public internet, and none of this machine's own. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !special.check(address, 'ipv4') && !isOurs(address)
    case 6:
      // A zone (`%eth0`) is for addresses of one link. An IPv4 address that is dressed up as IPv6, mapped
      // or for NAT64, is no global unicast: whoever means it can say it plainly.
      return (
        !address.includes('%') &&
        globalUnicast.check(address, 'ipv6') &&
        !special.check(address, 'ipv6') &&
        !isOurs(address)
      )
    default:
      return false
  }
}

/** A public address of this machine leads past whatever firewall stands before it. */
function isOurs(address: string): boolean {
  return Object.values(networkInterfaces()).some((each) =>
    each?.some((own) => own.address === address),
  )
}

const globalUnicast = new BlockList()
globalUnicast.addSubnet('2000::', 3, 'ipv6')

const special = new BlockList()

for (const [network, prefixBits] of [
  ['0.0.0.0', 8], // "this network": Linux takes 0.0.0.0 for itself
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier-grade NAT; the metadata of Alibaba's cloud
  ['127.0.0.0', 8], // loopback
  ['168.63.129.16', 32], // the host of Azure's machines, though the address is public
  ['169.254.0.0', 16], // link-local; most clouds' metadata
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocols; the metadata of Oracle's cloud
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, and broadcast
] as const)
  special.addSubnet(network, prefixBits, 'ipv4')

for (const [network, prefixBits] of [
  ['2001::', 23], // protocols: Teredo, which holds IPv4 addresses, benchmarks, ORCHID
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4, which holds IPv4 addresses
  ['3fff::', 20], // documentation
] as const)
  special.addSubnet(network, prefixBits, 'ipv6')
