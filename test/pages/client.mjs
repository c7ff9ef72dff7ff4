// The page of test/client/browser.test.ts: the client in a browser, and what the test calls.

import { refreshing, upload } from '../../src/client/index.ts'

/** A file as it was chosen: the same one each time, unless its seed is another. */
function makeFile({ sizeBytes, seed = 7, name = 'film.bin', lastModified = 1 }) {
  const bytes = new Uint8Array(sizeBytes)
  for (let index = 0; index < sizeBytes; index++) bytes[index] = (index * 31 + (index >> 8)) ^ seed
  return new File([bytes], name, { type: 'application/x-film', lastModified })
}

globalThis.begin = (url, file, options = {}) => {
  const picked =
    file.input === undefined ? makeFile(file) : document.querySelector('input').files[0]
  globalThis.seen = []
  globalThis.ending = new AbortController()
  globalThis.sending = upload(url, picked, {
    retryDelayMs: 100,
    retries: 1000,
    language: 'en',
    ...options,
    signal: globalThis.ending.signal,
    onProgress: ({ state, sentBytes, error, bytesPerSecond }) =>
      globalThis.seen.push({ state, sentBytes, code: error?.code, bytesPerSecond }),
  })
  globalThis.outcome = globalThis.sending.then(
    (result) => ({ result }),
    ({ name, code, message, limit }) => ({ name, code, message, limit }),
  )
}

globalThis.addInput = () =>
  document.body.append(Object.assign(document.createElement('input'), { type: 'file' }))

/** Keeps a link alive in an element; `next` gives the later ones. */
globalThis.keepAlive = (selector, first, next, options) => {
  globalThis.link = refreshing(first, next, options)
  globalThis.stop = globalThis.link.show(document.querySelector(selector))
}
globalThis.isReady = true
