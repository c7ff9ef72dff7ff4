// As its manual shows it: each part piped into createWriteStream.
import { createWriteStream } from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { randomUUID } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import busboy from 'busboy'
import { listen, readSetup } from './listen.mjs'

const { folder } = readSetup()

listen(
  http.createServer((req, res) => {
    const parser = busboy({ headers: req.headers })
    /** @type {Promise<void>[]} */
    const writes = []
    parser.on('file', (_field, /** @type {import('node:stream').Readable} */ stream) => {
      const write = pipeline(stream, createWriteStream(path.join(folder, randomUUID())))
      // A broken upload is told by pipeline(req, parser) too.
      write.catch(() => {})
      writes.push(write)
    })
    pipeline(req, parser)
      .then(() => Promise.all(writes))
      .then(() => res.writeHead(204).end())
      .catch(() => res.destroy())
  }),
)
