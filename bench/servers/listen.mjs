// @ts-check
// The child's half of a server under test: listen on a free port, tell it, and answer the bench's
// questions. The bench's half is measure/server-process.mjs.

/** What keeps an application's heap alive. @type {object[]} */
const kept = []

/**
 * What the bench started this server with. With `heapMiB`, the process holds so much before it serves:
 * a bare one pays for collections that no application has (see the README).
 * @returns {Record<string, any>}
 */
export function readSetup() {
  const setup = JSON.parse(process.argv[2] ?? '{}')
  const wantedBytes = (setup.heapMiB ?? 0) * 2 ** 20
  while (process.memoryUsage().heapUsed < wantedBytes)
    for (let count = 0; count < 1000; count++)
      kept.push({ id: kept.length, name: `object ${kept.length}` })
  return setup
}

/**
 * Listens, and answers questions over the channel to the bench.
 * @param {import('node:http').Server} server
 * @param {Record<string, (value: never) => unknown>} [answers] Each knows what it is asked with.
 */
export function listen(server, answers = {}) {
  process.on('message', async (/** @type {any} */ { id, question, value }) => {
    try {
      process.send?.({ id, answer: await answers[question]?.(/** @type {never} */ (value)) })
    } catch (error) {
      process.send?.({ id, error: String(error) })
    }
  })
  // The bench is gone: so are we.
  process.on('disconnect', () => process.exit())
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
    const address = server.address()
    process.send?.({ port: address !== null && typeof address === 'object' ? address.port : 0 })
  })
}
