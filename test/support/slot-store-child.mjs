// A store in a process of its own, worked by messages from its parent. Arguments: the compiled
// source, and the file store's folder or the URL of an engine. A message is { call, method, args }; the answer { call, value } or
// { call, error }.

const [source, place] = process.argv.slice(2)
const store = await openStore()

async function openStore() {
  if (/^(?:redis|postgres|sqlite):/.test(place)) {
    const { openStoreAt } = await import('./engines/open-store.mjs')
    return openStoreAt(source, place)
  }
  const { createFileSlotStore } = await import(`${source}/slots/stores/file.js`)
  return createFileSlotStore({ folder: place, durable: false })
}

process.on('message', async ({ call, method, args }) => {
  try {
    process.send({ call, value: await store[method]?.(...args) })
  } catch (error) {
    process.send({ call, error: { message: error.message, code: error.code } })
  }
})
process.on('disconnect', () => process.exit())
