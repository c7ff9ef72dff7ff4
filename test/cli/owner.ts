// Whoever has the link that `serve --browse` prints: their browser, by hand, header by header.

import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { startServer } from './command-line.ts'
import type { RunningServer, StartOptions } from './command-line.ts'

/** What is asked. */
export interface Asking {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** What came back. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** All headers but the date, in their order: what can be told from another answer. */
  readonly shape: readonly string[]
  readonly text: string
}

/** Asks by a connection of its own, with the headers that are said and no others. */
export async function ask(url: string, asking: Asking = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body } = asking
  const asked = request(url, { method, headers, agent: false })
  asked.end(body)
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const raw = response.rawHeaders
  const shape = raw.flatMap((name, at) =>
    at % 2 === 0 && name.toLowerCase() !== 'date' ? [`${name}: ${raw[at + 1]}`] : [],
  )
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    shape,
    text: Buffer.concat(chunks).toString(),
  }
}

/** A running `serve --browse`, and its owner. */
export interface OwnedServer extends RunningServer {
  /** The link that it printed. */
  readonly link: string
  /** Where the page is. */
  readonly page: string
  readonly cookie: string
  /** Asks as the owner's own page would. */
  own(path: string, asking?: Asking): Promise<Answer>
  /** Has something done, as the page's script would. */
  act(path: string, fields: Readonly<Record<string, string>>): Promise<Answer>
}

/** The link of the owner's page in what a server said. */
export function findLink(said: string): string {
  return /https?:\S+\/titofisto\/browse\/\?key=[\w-]+/.exec(said)?.[0] ?? ''
}

/** Starts a server, and opens its page. */
export async function startOwned(
  args: readonly string[],
  options: StartOptions,
): Promise<OwnedServer> {
  const server = await startServer(['--browse', ...args], options)
  const link = findLink(server.welcome)
  const arrival = await ask(link)
  const page = new URL(arrival.headers.location ?? '', link).href
  const cookie = arrival.headers['set-cookie']?.[0]?.replace(/;.*$/s, '') ?? ''
  const own = (path: string, { headers = {}, ...asking }: Asking = {}): Promise<Answer> =>
    ask(new URL(path, page).href, { ...asking, headers: { Cookie: cookie, ...headers } })
  return {
    ...server,
    link,
    page,
    cookie,
    own,
    act: (path, fields) =>
      own(path, {
        method: 'POST',
        headers: { ...formHeaders, Accept: 'application/json', Origin: server.origin },
        body: new URLSearchParams(fields).toString(),
      }),
  }
}

/** What a form is sent with. */
export const formHeaders = { 'Content-Type': 'application/x-www-form-urlencoded' } as const
