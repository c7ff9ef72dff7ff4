// Titofisto as the programs have it that are measured in a process of their own: nothing but what an
// upload costs.

/**
 * @param {string} source The folder of the compiled source.
 * @param {string} root Where files are kept.
 * @returns {Promise<import('../../src/index.ts').Titofisto>}
 */
export async function openFiles(source, root) {
  const { createLocalStorage, createMemorySlotStore, createTitofisto } = await import(
    `${source}/index.js`
  )
  return createTitofisto({
    secret: 'a secret for tests, 32 bytes and more',
    storage: createLocalStorage({ root, durable: false }),
    slotStore: createMemorySlotStore(),
    durable: false,
    sweepSeconds: 0,
  })
}

/**
 * Sends a body to a slot by the Fetch door.
 * @param {import('../../src/index.ts').Titofisto} files
 * @param {{ url(): Promise<string> }} kind
 * @param {AsyncIterable<Uint8Array>} pieces
 */
export async function sendPieces(files, kind, pieces) {
  const url = new URL(await kind.url(), 'http://localhost')
  const body = ReadableStream.from(pieces)
  const { status } = await files.fetch(new Request(url, { method: 'PUT', body, duplex: 'half' }))
  if (status !== 204) throw new Error(`The upload ended with ${status}.`)
}
