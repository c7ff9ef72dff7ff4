// The page of test/client/element.test.ts.

import '../../src/client/element.ts'

globalThis.heard = []
for (const type of ['progress', 'done', 'failed'])
  document.addEventListener(type, ({ detail }) =>
    globalThis.heard.push({ type, detail: detail instanceof Error ? detail.message : detail }),
  )
globalThis.isReady = true
