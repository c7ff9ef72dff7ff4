import { createReadStream } from 'node:fs'
import { text } from 'node:stream/consumers'
import FormData from 'form-data'
import { answerLines } from './lines.mjs'

await answerLines({
  async form(url, path, filename, contentType) {
    const form = new FormData()
    form.append('note', 'größer')
    form.append('file', createReadStream(path), { filename, contentType })
    const response = await new Promise((resolve, reject) => {
      form.submit(url, (error, answer) => (error ? reject(error) : resolve(answer)))
    })
    return [response.statusCode, await text(response)]
  },
})
