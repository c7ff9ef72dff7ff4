// Photos of a class trip: pupils send them from their phones through one link, teachers see them.
//
//   npm run example                      (in this repository; or with PORT=8080)
//   HOST=0.0.0.0 npm run example         for phones in the same network, too
//   npm run example -- --engines         with files in S3 and slots in Redis: see ground.mjs
//
// What it shows: file requests and their page, a database beside the files, links that renew themselves,
// films and PDFs in the browser, and a link for parents that ends by itself.

import { createServer } from 'node:http'
import { networkInterfaces } from 'node:os'
import { createTitofisto } from 'titofisto'
import { createApp } from './app.mjs'
import { openGround } from './ground.mjs'
import { openSchool } from './school.mjs'

const folder = process.env.SCHOOL_FOLDER ?? 'example-school'
const port = Number(process.env.PORT ?? 3000)
const host = process.env.HOST ?? 'localhost'

const ground = await openGround(folder, process.argv.includes('--engines'))
const school = await openSchool(`${folder}/database`)
const files = createTitofisto({
  // Kept in the database, so that links outlive a restart. A real application has it from its environment.
  secret: await school.secret(),
  ...ground.options,
})
const app = createApp({ files, school, teacherKey: await school.teacherKey() })

const server = createServer((request, response) => {
  // What is not titofisto's goes on to the application.
  void files.handler(request, response, () => app(request, response))
})
server.on('error', (error) => {
  console.error(
    error.code === 'EADDRINUSE'
      ? `Port ${port} is taken. Another one: PORT=8080 npm run example`
      : error.message,
  )
  process.exit(1)
})
server.listen(port, host, async () => {
  const origin = `http://${host === '0.0.0.0' ? ownAddress() : host}:${server.address().port}`
  const pupils = await app.firstRequest(origin)
  const said = [
    `For teachers: ${origin}/teacher/${app.teacherKey}`,
    ...(pupils === null ? [] : [`For pupils:   ${pupils}`]),
    ...(host === '0.0.0.0' ? [] : ['With HOST=0.0.0.0, phones in the same network reach it, too.']),
  ]
  console.log(said.join('\n'))
})

for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, async () => {
    server.close()
    server.closeIdleConnections()
    await files.close()
    ground.close()
    await school.close()
  })

/** This computer's address in its network: what the teacher's page is opened by is in the pupils' link. */
function ownAddress() {
  const addresses = Object.values(networkInterfaces()).flat()
  const own = addresses.find(({ family, internal }) => family === 'IPv4' && !internal)
  return own?.address ?? 'localhost'
}
