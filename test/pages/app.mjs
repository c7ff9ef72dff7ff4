// The page of the tests of links and of React's hooks.

import { createElement, StrictMode, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { refreshing } from '../../src/client/index.ts'
import { useSignedUrl, useUpload } from '../../src/client/react.ts'

const ask = (name) => async () => (await fetch(`/link?${encodeURIComponent(name)}`)).text()

globalThis.keepAlive = async (selector, name, options) => {
  globalThis.link = refreshing(await ask(name)(), ask(name), options)
  globalThis.stop = globalThis.link.show(document.querySelector(selector))
}

function Uploader({ url }) {
  const { state, progress, result, error, start, pause, resume, abort, reset } = useUpload({
    retryDelayMs: 50,
    language: 'en',
    maxRequestBytes: 1024 * 1024,
  })
  globalThis.brakes = { pause, resume, abort, reset }
  return createElement(
    'div',
    null,
    createElement('input', {
      type: 'file',
      onChange: ({ target }) => void start(url, target.files[0]),
    }),
    createElement('output', { id: 'state' }, state),
    createElement('output', { id: 'sent' }, progress?.sentBytes ?? ''),
    createElement('output', { id: 'result' }, JSON.stringify(result) ?? ''),
    createElement('output', { id: 'error' }, error?.message ?? ''),
  )
}

function Picture({ first, name, options }) {
  const { url, ref } = useSignedUrl(first, ask(name), options)
  const [isThere, setThere] = useState(true)
  globalThis.hide = () => setThere(false)
  return createElement(
    'div',
    null,
    createElement('a', { href: url }, 'the file'),
    isThere ? createElement('img', { ref, alt: '' }) : null,
  )
}

const components = { Uploader, Picture }
let root
globalThis.render = (name, props) => {
  root ??= createRoot(document.querySelector('#root'))
  root.render(createElement(StrictMode, null, createElement(components[name], props)))
}
globalThis.unmount = () => root.unmount()
globalThis.isReady = true
