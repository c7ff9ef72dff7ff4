// @ts-check
// The child's half of a server under test: listen on a free port, tell it, and answer the bench's
// questions. The bench's half is measure/server-process.mjs.

/**
 * What the bench started this server with.
 * @returns {Record<string, any>}
 */
export function readSetup() {
  return JSON.parse(process.argv[2] ?? '{}')
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
