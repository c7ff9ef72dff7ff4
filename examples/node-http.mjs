// Private files and upload slots with nothing but node:http.
//
//   npm install && npm run build
//   node examples/node-http.mjs        (or with PORT=8080)
//
// It prints a link to a file and the URL of a slot. Upload something to the slot, once:
//   curl -F file=@package.json 'THE SLOT URL'

import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { createLocalStorage, createTitofisto, SlotRejection } from 'titofisto'

mkdirSync('example-media', { recursive: true })

const files = createTitofisto({
  // A real one: `npx titofisto secret`. It must stay the same, or all links end.
  secret: process.env.TITOFISTO_SECRET ?? 'not-a-secret-but-long-enough-to-try-it',
  storage: createLocalStorage({ root: 'example-media' }),
})

const inbox = files.slot('inbox', {
  maxBytes: 5 * 1024 * 1024,
  async handler({ file }) {
    if (file.sniffedType === 'application/x-msdownload') throw new SlotRejection('No programs.')
    const name = await file.save(`inbox/${file.name}`)
    return { name, url: await files.url(name) }
  },
})

const server = createServer(files.handler)
// Clients that ask first (curl does, above 1 MiB) learn of a refusal before they send the file.
server.on('checkContinue', files.handler)

server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', async () => {
  const origin = `http://127.0.0.1:${server.address().port}`
  const name = await files.storage.save('hello.txt', 'Hello!\n', { onTaken: 'replace' })
  console.log(`A file:  ${origin}${await files.url(name, { expiresIn: 600 })}`)
  console.log(`A slot:  ${origin}${await inbox.url(undefined, { expiresIn: 600 })}`)
})

process.once('SIGTERM', stop).once('SIGINT', stop)

async function stop() {
  server.close()
  await files.close()
  server.closeAllConnections()
}
