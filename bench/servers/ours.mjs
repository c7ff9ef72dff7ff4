// @ts-check
// Ours, with nothing turned: each request's token, name, version and time are checked.

import http from 'node:http'
import { pathToFileURL } from 'node:url'
import { listen, readSetup } from './listen.mjs'

const { root, dist } = readSetup()
/** @type {typeof import('../../dist/index.js')} */
const { createLocalStorage, createTitofisto } = await import(
  dist === undefined ? '../../dist/index.js' : pathToFileURL(`${dist}/index.js`).href
)

const files = createTitofisto({
  secret: 'the bench signs with this secret, and nothing else does',
  storage: createLocalStorage({ root }),
  mediaUrl: '/media/',
  timeoutSeconds: 86_400,
})

listen(http.createServer(files.handler), {
  async paths(/** @type {string[]} */ names) {
    const paths = []
    for (const name of names) paths.push(await files.url(name))
    return paths
  },
})
