// A file store in a process of its own, worked by messages from its parent. Arguments: the compiled
// source and the store's folder. A message is { call, method, args }; the answer { call, value } or
// { call, error }.

const [source, folder] = process.argv.slice(2)
const { createFileSlotStore } = await import(`${source}/slots/stores/file.js`)
const store = createFileSlotStore({ folder, durable: false })

process.on('message', async ({ call, method, args }) => {
  try {
    process.send({ call, value: await store[method](...args) })
  } catch (error) {
    process.send({ call, error: { message: error.message, code: error.code } })
  }
})
process.on('disconnect', () => process.exit())
