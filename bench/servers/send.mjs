import http from 'node:http'
import send from 'send'
import { listen, readSetup } from './listen.mjs'

const { root } = readSetup()

listen(http.createServer((req, res) => void send(req, req.url ?? '/', { root }).pipe(res)))
