import http from 'node:http'
import multer from 'multer'
import { listen, readSetup } from './listen.mjs'

const receive = multer({ dest: readSetup().folder }).single('file')

listen(
  http.createServer((req, res) =>
    // multer is made for Express, but all it touches is the stream and its headers.
    receive(/** @type {any} */ (req), /** @type {any} */ (res), (error) => {
      res.writeHead(error ? 400 : 204)
      res.end()
    }),
  ),
)
