// The page of plain-clients.test.ts: what pages do without any library. Each gives its answer and
// what it could read of it.

globalThis.putByFetch = async (url, text) => {
  const response = await fetch(url, {
    method: 'PUT',
    body: new Blob([text], { type: 'text/plain' }),
    // Such headers need a preflight.
    headers: { 'Content-Disposition': 'attachment; filename="a.txt"', 'Idempotency-Key': 'k' },
  })
  return { status: response.status, text: await response.text() }
}

globalThis.postForm = async (url, text, credentials) => {
  const body = new FormData()
  body.append('note', 'mine')
  body.append('file', new File([text], 'größe.txt', { type: 'text/plain' }))
  const response = await fetch(url, { method: 'POST', body, credentials })
  return { status: response.status, text: await response.text() }
}

globalThis.postByXhr = (url, bytes) =>
  new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest()
    const progress = []
    xhr.upload.addEventListener('progress', (event) => progress.push(event.loaded))
    xhr.addEventListener('load', () =>
      resolve({ status: xhr.status, text: xhr.responseText, progress }),
    )
    xhr.addEventListener('error', () =>
      reject(new Error('The page was not allowed to see the answer.')),
    )
    xhr.open('POST', url)
    xhr.send(new Blob([new Uint8Array(bytes)]))
  })

globalThis.askByTus = async (url) => {
  const response = await fetch(url, { method: 'HEAD', headers: { 'Tus-Resumable': '1.0.0' } })
  return { status: response.status, offset: response.headers.get('Upload-Offset') }
}
globalThis.isReady = true
