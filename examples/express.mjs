// An avatar for each user, in Express: the page asks for a slot, the browser uploads straight to it.
//
//   npm install && npm run build
//   node examples/express.mjs          (or with PORT=8080)
//
// Then open the printed address, or:
//   SLOT=$(curl -s -X POST "$ADDRESS/users/15/avatar-slot" | node -pe 'JSON.parse(fs.readFileSync(0)).url')
//   curl -T me.png "$ADDRESS$SLOT"

import { mkdirSync } from 'node:fs'
import express from 'express'
import { createLocalStorage, createTitofisto } from 'titofisto'

mkdirSync('example-media', { recursive: true })

const files = createTitofisto({
  // A real one: `npx titofisto secret`. It must stay the same, or all links end.
  secret: process.env.TITOFISTO_SECRET ?? 'not-a-secret-but-long-enough-to-try-it',
  storage: createLocalStorage({ root: 'example-media' }),
})

const avatar = files.slot('avatar', {
  maxBytes: 2 * 1024 * 1024,
  // What it is declared to be, and what its first bytes say.
  accept: ['image/png'],
  async handler({ args, file }) {
    // One file a user: a new one takes the old one's place, and ends the old one's links.
    const name = await file.save(avatarOf(args.userId), { onTaken: 'replace' })
    return { url: await files.url(name) }
  },
})

const app = express()
// What is not ours goes on to the routes below. No body parser comes before this.
app.use(files.handler)

// oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 takes rejected promises to its error handler
app.post('/users/:id/avatar-slot', async (req, res) => {
  // Here your application would check who asks.
  res.json(await avatar.create({ userId: req.params.id }, { expiresIn: 300 }))
})

app.get('/users/:id/avatar', async (req, res) => {
  const name = avatarOf(req.params.id)
  if (await files.storage.exists(name)) res.redirect(await files.url(name))
  else res.status(404).send('No avatar yet')
})

app.get('/', (_req, res) => res.type('html').send(page))

const server = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})

process.once('SIGTERM', stop).once('SIGINT', stop)

async function stop() {
  server.close()
  await files.close()
  server.closeAllConnections()
}

function avatarOf(userId) {
  // Whatever comes in a URL is no name of a file.
  return `avatars/${encodeURIComponent(userId)}.png`
}

const page = `<!doctype html>
<meta charset="utf-8">
<title>Avatar</title>
<input type="file" accept="image/png">
<p id="said"></p>
<img id="avatar" height="200" alt="">
<script type="module">
  const input = document.querySelector('input')
  input.onchange = async () => {
    const slot = await (await fetch('/users/15/avatar-slot', { method: 'POST' })).json()
    const response = await fetch(slot.url, { method: 'PUT', body: input.files[0] })
    if (response.ok) document.querySelector('#avatar').src = (await response.json()).url
    document.querySelector('#said').textContent = response.ok ? '' : await response.text()
  }
</script>
`
