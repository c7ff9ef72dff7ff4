// @ts-check
// With `dev: true` it looks at the disk for each request, as every other server here does.
import http from 'node:http'
import sirv from 'sirv'
import { listen, readSetup } from './listen.mjs'

const serve = sirv(readSetup().root, { dev: true })

listen(http.createServer((req, res) => serve(req, res)))
