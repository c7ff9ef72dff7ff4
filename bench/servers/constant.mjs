// @ts-check
// The ceiling: node:http giving one answer from memory, as it was captured from ours.

import http from 'node:http'
import { listen } from './listen.mjs'

let status = 404
/** @type {string[]} */
let headers = []
let body = Buffer.alloc(0)

const server = http.createServer((_req, res) => {
  res.writeHead(status, headers)
  res.end(body)
})

listen(server, {
  /** @param {{ status: number, headers: string[], base64: string }} answer */
  replay(answer) {
    status = answer.status
    headers = answer.headers
    body = Buffer.from(answer.base64, 'base64')
  },
})
