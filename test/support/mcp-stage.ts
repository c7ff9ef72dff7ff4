// Files and an MCP server behind one socket, and a client of the official SDK that speaks to it.

import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { LocalStorage, Titofisto, TitofistoOptions } from '../../src/index.ts'
import { startUploadServer, type UploadServer } from './upload-server.ts'

/** A running server, and a client of it. */
export interface McpStage extends UploadServer {
  readonly client: Client
}

/** What the server's tools are made with. */
export interface McpParts {
  readonly server: McpServer
  readonly files: Titofisto<LocalStorage>
  readonly origin: string
}

/** Starts both; `register` gives each request's server its tools. `mediaUrl` is a path by default. */
export async function startMcpStage(
  register: (parts: McpParts) => void,
  options: Partial<TitofistoOptions> = {},
): Promise<McpStage> {
  const stage: UploadServer = await startUploadServer({
    options: { mediaUrl: '/media/', ...options },
    hang: (files) => (req, res) => {
      if (req.url !== '/mcp') return files.handler(req, res)
      return answer(req, res, (server) => register({ server, files, origin: stage.origin }))
    },
  })
  const client = await connect(stage.origin)
  return {
    ...stage,
    client,
    async close() {
      await client.close()
      await stage.close()
    },
  }
}

/** Connects a client to the server at an origin. */
export async function connect(origin: string): Promise<Client> {
  const client = new Client({ name: 'an agent', version: '1.0.0' })
  // The SDK's own class is no Transport under exactOptionalPropertyTypes.
  const transport = new StreamableHTTPClientTransport(new URL('/mcp', origin)) as Transport
  await client.connect(transport)
  return client
}

async function answer(
  req: IncomingMessage,
  res: ServerResponse,
  register: (server: McpServer) => void,
): Promise<void> {
  const server = new McpServer({ name: 'a server', version: '1.0.0' })
  register(server)
  const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true })
  res.on('close', () => void server.close())
  await server.connect(transport)
  await transport.handleRequest(req, res)
}
