import { createReadStream, openAsBlob } from 'node:fs'
import { File } from 'node:buffer'
import { FormData, request } from 'undici'
import { answerLines } from './lines.mjs'

await answerLines({
  async form(url, path, name, type) {
    const form = new FormData()
    form.append('note', 'größer')
    form.append('file', new File([await openAsBlob(path)], name, { type }))
    const { statusCode, body } = await request(url, { method: 'POST', body: form })
    return [statusCode, await body.text()]
  },
  async put(url, path, filename, type) {
    const { statusCode, body } = await request(url, {
      method: 'PUT',
      query: { filename },
      headers: { 'Content-Type': type },
      body: createReadStream(path),
    })
    return [statusCode, await body.text()]
  },
  async untyped(url, path) {
    const options = { method: 'POST', body: createReadStream(path) }
    const { statusCode, body } = await request(url, options)
    return [statusCode, await body.text()]
  },
})
