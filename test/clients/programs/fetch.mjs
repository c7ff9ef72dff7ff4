import { openAsBlob } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { answerLines } from './lines.mjs'

await answerLines({
  async form(url, path, name, type) {
    const body = new FormData()
    body.append('note', 'größer')
    body.append('file', new File([await openAsBlob(path)], name, { type }))
    const response = await fetch(url, { method: 'POST', body })
    return [response.status, await response.text()]
  },
  async put(url, path, name, type) {
    const body = await openAsBlob(path, { type })
    const target = `${url}?filename=${encodeURIComponent(name)}`
    const response = await fetch(target, { method: 'PUT', body })
    return [response.status, await response.text()]
  },
  async untyped(url, path) {
    const response = await fetch(url, { method: 'POST', body: await readFile(path) })
    return [response.status, await response.text()]
  },
})
