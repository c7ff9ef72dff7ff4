// Photos of a class trip: pupils send them from their phones through one link, teachers see them.
//
//   npm run example            (in this repository; or with PORT=8080)
//   npm run example -- --engines    with files in S3 and slots in Redis: see ground.mjs
//
// What it shows: file requests and their page, a database beside the files, links that renew themselves,
// films and PDFs in the browser, and a link for parents that ends by itself.

import { createServer } from 'node:http'
import { createTitofisto } from 'titofisto'
import { createApp } from './app.mjs'
import { openGround } from './ground.mjs'
import { openSchool } from './school.mjs'

const folder = process.env.SCHOOL_FOLDER ?? 'example-school'
const port = Number(process.env.PORT ?? 3000)

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
server.listen(port, process.env.HOST ?? 'localhost', () => {
  const { port: heard } = server.address()
  console.log(`For teachers: http://localhost:${heard}/teacher/${app.teacherKey}`)
  console.log('Phones in the same network reach it with HOST=0.0.0.0 and this computer’s address.')
})

for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, async () => {
    server.close()
    server.closeIdleConnections()
    await files.close()
    ground.close()
    await school.close()
  })
