// Looks a host's addresses up for the very connection that is made then. Whoever asks first and connects
// later asks twice, and a name server can answer otherwise the second time (DNS rebinding).

import { lookup as lookupHost, type LookupAddress, type LookupOptions } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { TitofistoError } from '../../errors.ts'
import { isPublicAddress } from './public-address.ts'

/** Gives all addresses of a host: node:dns's `lookup`, with the option `all`. */
export type LookupAll = (
  host: string,
  options: LookupOptions & { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/** Makes a lookup for sockets that gives public addresses alone: a host with any other gets none. */
export function createGuardedLookup(lookupAll: LookupAll = lookupHost): LookupFunction {
  return (host, options, callback) => {
    lookupAll(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '', 0)
      const [first] = addresses
      if (first === undefined) return callback(new Error('The host has no address.'), '', 0)
      if (!addresses.every(({ address }) => isPublicAddress(address)))
        return callback(notPublic(host), '', 0)
      if (options.all === true) return callback(null, addresses)
      callback(null, first.address, first.family)
    })
  }
}

/** The error for a host that strangers could not reach; its addresses are nobody's affair. */
export function notPublic(host: string): TitofistoError {
  return new TitofistoError(
    'url-refused',
    'This URL leads to an address that is not public. Where that is meant, name the host in privateHosts.',
    { reason: 'address', host },
  )
}
