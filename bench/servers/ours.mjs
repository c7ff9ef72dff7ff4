// @ts-check
// Ours, with nothing turned: each request's token, name, version and time are checked.

import http from 'node:http'
import { createLocalStorage, createTitofisto } from '../../dist/index.js'
import { listen, readSetup } from './listen.mjs'

const { root } = readSetup()

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
