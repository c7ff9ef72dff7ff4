import http from 'node:http'
import { formidable } from 'formidable'
import { listen, readSetup } from './listen.mjs'

const { folder } = readSetup()

listen(
  http.createServer((req, res) => {
    formidable({ uploadDir: folder, maxFileSize: Infinity, maxTotalFileSize: Infinity })
      .parse(req)
      .then(() => res.writeHead(204).end())
      .catch(() => res.destroy())
  }),
)
