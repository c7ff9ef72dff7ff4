// @ts-check
// What people write by hand for a raw body.
import { createWriteStream } from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { randomUUID } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import { listen, readSetup } from './listen.mjs'

const { folder } = readSetup()

listen(
  http.createServer((req, res) => {
    pipeline(req, createWriteStream(path.join(folder, randomUUID())))
      .then(() => res.writeHead(204).end())
      .catch(() => res.destroy())
  }),
)
