// @ts-check
import http from 'node:http'
import { FileStore } from '@tus/file-store'
import { Server } from '@tus/server'
import { listen, readSetup } from './listen.mjs'

const tus = new Server({
  path: '/upload',
  datastore: new FileStore({ directory: readSetup().folder }),
})

listen(http.createServer((req, res) => void tus.handle(req, res)))
