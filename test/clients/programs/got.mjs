import { createReadStream, openAsBlob } from 'node:fs'
import { got } from 'got'
import { answerLines } from './lines.mjs'

const anyStatus = { throwHttpErrors: false, retry: { limit: 0 } }

await answerLines({
  async form(url, path, name, type) {
    const body = new FormData()
    body.append('note', 'größer')
    body.append('file', new File([await openAsBlob(path)], name, { type }))
    const response = await got.post(url, { ...anyStatus, body })
    return [response.statusCode, response.body]
  },
  async put(url, path, filename, type) {
    const response = await got.put(url, {
      ...anyStatus,
      searchParams: { filename },
      headers: { 'Content-Type': type },
      body: createReadStream(path),
    })
    return [response.statusCode, response.body]
  },
  async untyped(url, path) {
    const response = await got.post(url, { ...anyStatus, body: createReadStream(path) })
    return [response.statusCode, response.body]
  },
})
