import { createReadStream, openAsBlob } from 'node:fs'
import { readFile } from 'node:fs/promises'
import axios from 'axios'
import { answerLines } from './lines.mjs'

const anyStatus = { validateStatus: () => true, responseType: 'text' }

await answerLines({
  async form(url, path, name, type) {
    const body = new FormData()
    body.append('note', 'größer')
    body.append('file', new File([await openAsBlob(path)], name, { type }))
    const { status, data } = await axios.post(url, body, anyStatus)
    return [status, data]
  },
  async put(url, path, filename, type) {
    const headers = { 'Content-Type': type }
    const options = { ...anyStatus, headers, params: { filename } }
    const { status, data } = await axios.put(url, createReadStream(path), options)
    return [status, data]
  },
  async untyped(url, path) {
    const { status, data } = await axios.post(url, await readFile(path), anyStatus)
    return [status, data]
  },
})
