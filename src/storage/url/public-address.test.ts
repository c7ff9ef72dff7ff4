import { networkInterfaces } from 'node:os'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPublicAddress } from './public-address.ts'

describe('a public address', () => {
  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '169.253.255.255',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.0',
    '192.167.255.255',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2001:200::1',
    '2001:4860:4860::8888',
    '2606:4700::1111',
    '2a00:1450:4001::1',
  ])('is %s', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })

  it.each([
    ['this network', '0.0.0.0', '0.255.255.255'],
    ['private', '10.0.0.0', '10.255.255.255'],
    ['private', '172.16.0.1', '172.31.255.255'],
    ['private', '192.168.0.1', '192.168.255.255'],
    ['carrier-grade NAT', '100.64.0.0', '100.127.255.255'],
    ['loopback', '127.0.0.1', '127.255.255.255'],
    ['link-local', '169.254.0.1', '169.254.255.255'],
    ['metadata', '169.254.169.254', '100.100.100.200', '168.63.129.16', '192.0.0.192'],
    ['metadata by IPv6', 'fd00:ec2::254', 'fe80::a9fe:a9fe'],
    ['documentation', '192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
    ['benchmarks', '198.18.0.0', '198.19.255.255', '2001:2::1'],
    ['multicast', '224.0.0.1', '239.255.255.255', 'ff02::1'],
    ['reserved', '240.0.0.1', '255.255.255.255'],
    ['loopback by IPv6', '::1', '0:0:0:0:0:0:0:1', '::'],
    ['unique local', 'fc00::1', 'fdff::1'],
    ['link-local by IPv6', 'fe80::1', 'fe80::1%lo', 'febf::1'],
    ['site-local', 'fec0::1'],
    ['IPv4 mapped into IPv6', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8'],
    ['IPv4-compatible', '::127.0.0.1', '::8.8.8.8'],
    ['translated', '::ffff:0:127.0.0.1'],
    ['NAT64', '64:ff9b::7f00:1', '64:ff9b::8.8.8.8', '64:ff9b:1::a00:1'],
    ['6to4', '2002:7f00:1::', '2002:a00:1::1'],
    ['Teredo', '2001::1', '2001:0:53aa:64c:0:0:80ff:fffe'],
    ['discard', '100::1'],
    ['a zone', '2606:4700::1111%eth0'],
  ])('is none of %s', (_, ...addresses) => {
    for (const address of addresses) expect(isPublicAddress(address), address).toBe(false)
  })

  it('is no text that is no address', () => {
    for (const text of ['', 'localhost', '127.1', '0x7f000001', '2130706433', '[::1]', '8.8.8.8 '])
      expect(isPublicAddress(text), text).toBe(false)
  })

  it('is none of this machine', () => {
    for (const own of Object.values(networkInterfaces()).flatMap((each) => each ?? []))
      expect(isPublicAddress(own.address), own.address).toBe(false)
  })

  it('is public by its numbers, however it is written as IPv6', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const { hostname } = new URL(`http://[${address}]`)
        expect(isPublicAddress(hostname.slice(1, -1))).toBe(isPublicAddress(address))
      }),
    )
  })

  it('is never one whose IPv4 form is not, under any of the prefixes that hold one', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        for (const prefix of ['::', '::ffff:', '::ffff:0:', '64:ff9b::', '64:ff9b:1::'])
          expect(isPublicAddress(prefix + address)).toBe(false)
      }),
    )
  })
})
