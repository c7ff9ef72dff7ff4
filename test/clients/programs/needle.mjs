import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import needle from 'needle'
import { answerLines } from './lines.mjs'

const asText = { parse_response: false }

await answerLines({
  async form(url, path, name, type) {
    const data = {
      note: 'größer',
      file: { file: path, filename: name, content_type: type },
    }
    const { statusCode, body } = await needle('post', url, data, { ...asText, multipart: true })
    return [statusCode, body]
  },
  async put(url, path, name, type) {
    const target = `${url}?filename=${encodeURIComponent(name)}`
    const options = { ...asText, headers: { 'Content-Type': type } }
    const { statusCode, body } = await needle('put', target, createReadStream(path), options)
    return [statusCode, body]
  },
  async untyped(url, path) {
    const { statusCode, body } = await needle('post', url, await readFile(path), asText)
    return [statusCode, body]
  },
})
