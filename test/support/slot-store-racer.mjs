// One of several processes that race for the same slots. Arguments: the compiled source, the
// store's folder, this racer's name. Reads slot ids from stdin, a line each; for each writes
// `won` or `lost`, so that the parent can start all racers on one slot at the same moment.

import { createInterface } from 'node:readline'

const [source, folder, name] = process.argv.slice(2)
const { createFileSlotStore } = await import(`${source}/slots/stores/file.js`)
const store = createFileSlotStore({ folder, durable: false })

process.stdout.write('ready\n')
for await (const id of createInterface({ input: process.stdin })) {
  const record = await store.read(id)
  const mine = { ...record, revision: record.revision + 1, args: name }
  const won = record.revision === 1 && (await store.replace(mine, 1))
  process.stdout.write(won ? 'won\n' : 'lost\n')
}
