// A server for AI agents (Model Context Protocol) whose tools take and give files: the bytes go by
// HTTP, never through the model.
//
//   npm install && npm run build
//   node examples/mcp.mjs        (or with PORT=8080)
//
// It prints the URL of the server, for any MCP client. An agent calls `upload_text`, runs the command
// that it is given, and calls `count_words` with what its upload was answered.

import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { createLocalStorage, createTitofisto } from 'titofisto'
import { linkResult, slotResult } from 'titofisto/mcp'
import { z } from 'zod'

mkdirSync('example-media', { recursive: true })

const files = createTitofisto({
  // A real one: `npx titofisto secret`. It must stay the same, or all links end.
  secret: process.env.TITOFISTO_SECRET ?? 'not-a-secret-but-long-enough-to-try-it',
  storage: createLocalStorage({ root: 'example-media' }),
})

const texts = files.slot('texts', {
  maxBytes: 10 * 1024 * 1024,
  accept: ['text/plain', 'text/markdown'],
  // The answer to the upload. The id was given to one agent alone, so it is all it needs to show.
  async handler({ file, slot }) {
    await file.save(`texts/${slot.id}.txt`)
    return { text: slot.id, bytes: file.sizeBytes }
  },
})

/** @param {string} origin */
function createAgentServer(origin) {
  const server = new McpServer({ name: 'word-counter', version: '1.0.0' })

  server.registerTool(
    'upload_text',
    { description: 'Gives a place to upload one text file to.' },
    async () =>
      slotResult(await texts.create(undefined, { expiresIn: 600 }), {
        origin,
        afterwards: 'The answer is JSON: call count_words with its "text".',
      }),
  )

  server.registerTool(
    'count_words',
    {
      description: 'Counts the words of an uploaded text, and gives a list of them as a file.',
      inputSchema: { text: z.string().regex(/^[\w-]{22}$/) },
    },
    async ({ text }) => {
      const words = (await readText(`texts/${text}.txt`)).match(/\p{L}+/gu) ?? []
      const name = await files.storage.save(`lists/${text}.txt`, words.sort().join('\n'))
      const result = await linkResult(files, name, {
        origin,
        expiresIn: 600,
        download: 'words.txt',
      })
      result.content.unshift({ type: 'text', text: `${words.length} words.` })
      return result
    },
  )
  return server
}

/** @param {string} name */
async function readText(name) {
  const opened = await files.storage.open(name)
  if (opened === null) throw new Error('There is no such text.')
  try {
    const chunks = []
    for await (const chunk of opened.chunks(0, opened.facts.sizeBytes)) chunks.push(chunk)
    return Buffer.concat(chunks).toString()
  } finally {
    await opened.close()
  }
}

const http = createServer(async (req, res) => {
  if (req.url !== '/mcp') return void files.handler(req, res)
  // A page in somebody's browser has no business here (DNS rebinding).
  if (req.headers.origin !== undefined) return void res.writeHead(403).end()
  // No sessions: each request stands for itself.
  const server = createAgentServer(origin)
  const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true })
  res.on('close', () => void server.close())
  await server.connect(transport)
  await transport.handleRequest(req, res)
})

let origin = ''
http.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  origin = `http://127.0.0.1:${http.address().port}`
  console.log(`${origin}/mcp`)
})

process.once('SIGTERM', stop).once('SIGINT', stop)

async function stop() {
  http.close()
  await files.close()
  http.closeAllConnections()
}
