import { readFile } from 'node:fs/promises'
import superagent from 'superagent'
import { answerLines } from './lines.mjs'

const anyStatus = () => true

await answerLines({
  async form(url, path, filename, contentType) {
    const { status, text } = await superagent
      .post(url)
      .field('note', 'größer')
      .attach('file', path, { filename, contentType })
      .ok(anyStatus)
    return [status, text]
  },
  async put(url, path, filename, type) {
    const { status, text } = await superagent
      .put(url)
      .query({ filename })
      .type(type)
      .send(await readFile(path))
      .ok(anyStatus)
    return [status, text]
  },
  async untyped(url, path) {
    const { status, text } = await superagent
      .post(url)
      .send(await readFile(path))
      .ok(anyStatus)
    return [status, text]
  },
})
