// @ts-check
import { createWriteStream } from 'node:fs'
import path from 'node:path'
import { randomUUID } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import fastify from 'fastify'
import fastifyMultipart from '@fastify/multipart'
import { listen, readSetup } from './listen.mjs'

const { folder } = readSetup()
const app = fastify()
await app.register(fastifyMultipart, { limits: { fileSize: Infinity } })
app.post('/upload', async (request, reply) => {
  const part = await request.file()
  if (part !== undefined)
    await pipeline(part.file, createWriteStream(path.join(folder, randomUUID())))
  return reply.code(204).send()
})
await app.ready()
listen(app.server)
