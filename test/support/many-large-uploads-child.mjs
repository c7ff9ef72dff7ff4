// A server with one kind of slot in a process of its own (its source's folder, a folder). Tells its parent the port and so
// many slots' paths, and when asked how often its whole heap was collected.

import { createServer } from 'node:http'
import { constants, PerformanceObserver } from 'node:perf_hooks'
import { openFiles } from './child-files.mjs'

const [source, root] = process.argv.slice(2)
const files = await openFiles(source, root)
const kind = files.slot('large', { maxBytes: 2 ** 30, handler() {} })
const server = createServer(files.handler).listen(0, '127.0.0.1', async () => {
  const paths = []
  for (let count = 0; count < 24; count++) paths.push(await kind.url())
  process.send({ port: server.address().port, paths })
})
let fullCount = 0
new PerformanceObserver((list) => {
  for (const { detail } of list.getEntries())
    if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) fullCount += 1
}).observe({ entryTypes: ['gc'] })
process.on('message', () => process.send(fullCount))
