// @ts-check
import fastify from 'fastify'
import fastifyStatic from '@fastify/static'
import { listen, readSetup } from './listen.mjs'

const app = fastify()
await app.register(fastifyStatic, { root: readSetup().root })
await app.ready()
// Its own listen() would be the same; this one asks for a long backlog and tells the port.
listen(app.server)
