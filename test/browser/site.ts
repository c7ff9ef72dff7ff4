// A site for a browser to visit: pages that a test writes, and our handler below all other paths.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A running site. */
export interface Site {
  readonly origin: string
  /** `METHOD path` without the query, its range, and the answer's status, in order of ending. */
  readonly asked: { readonly what: string; readonly range: string; readonly status: number }[]
  /** HTML by path; all other paths are our handler's. */
  readonly pages: Map<string, string>
  /** What pages are sent with besides. */
  readonly pageHeaders: Map<string, string>
  close(): Promise<void>
}

/** Starts a site on a port of its own. To browsers, two with different hosts are foreign to each other. */
export async function startSite(host: string, handler: RequestListener): Promise<Site> {
  const asked: Site['asked'] = []
  const pages: Site['pages'] = new Map()
  const pageHeaders: Site['pageHeaders'] = new Map()
  const server = createServer((req, res) => {
    const path = decodeURI(req.url?.replace(/\?.*$/, '') ?? '')
    res.once('close', () => {
      const { range = '' } = req.headers
      asked.push({ what: `${req.method} ${path}`, range, status: res.statusCode })
    })
    const html = pages.get(path)
    if (html === undefined) handler(req, res)
    else
      res
        .writeHead(200, {
          'Content-Type': 'text/html; charset=utf-8',
          'Cache-Control': 'no-store',
          ...Object.fromEntries(pageHeaders),
        })
        .end(html)
  }).listen(0)
  await once(server, 'listening')
  return {
    origin: `http://${host}:${(server.address() as AddressInfo).port}`,
    asked,
    pages,
    pageHeaders,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
