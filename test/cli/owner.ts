// Whoever has the link that `serve --browse` prints: their browser, by hand, header by header.

import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { spawnCli, startCli } from './command-line.ts'
import type { Ended, RunningCli, StartOptions } from './command-line.ts'

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
export interface OwnedServer extends RunningCli {
  /** What it said first. */
  readonly welcome: string
  readonly origin: string
  /** The link that it printed. */
  readonly link: string
  /** Where the page is. */
  readonly page: string
  readonly cookie: string
  /** Asks as the owner's own page would. */
  own(path: string, asking?: Asking): Promise<Answer>
  /** Has something done, as the page's script would. */
  act(path: string, fields: Readonly<Record<string, string>>): Promise<Answer>
  /** Stops it, and gives all that it wrote. */
  stop(): Promise<Ended>
}

/** The link of the owner's page in what a server said. */
export function findLink(said: string): string {
  return /https?:\S+\/titofisto\/browse\/\?key=[\w-]+/.exec(said)?.[0] ?? ''
}

/** Starts a server for one test, and opens its page. */
export async function startOwned(
  args: readonly string[],
  options: StartOptions,
): Promise<OwnedServer> {
  return openPage(startCli([...command, ...args], options))
}

/** Starts a server for several tests, and opens its page: whoever starts it stops it. */
export async function spawnOwned(
  args: readonly string[],
  options: StartOptions,
): Promise<OwnedServer> {
  return openPage(spawnCli([...command, ...args], options))
}

const command = ['serve', '--browse', '--port', '0'] as const

async function openPage(server: RunningCli): Promise<OwnedServer> {
  const welcome = await server.stdoutWith(/Stop with Ctrl-C\./)
  const link = findLink(welcome)
  const { origin } = new URL(link)
  const arrival = await ask(link)
  const page = new URL(arrival.headers.location ?? '', link).href
  const cookie = arrival.headers['set-cookie']?.[0]?.replace(/;.*$/s, '') ?? ''
  const own = (path: string, { headers = {}, ...asking }: Asking = {}): Promise<Answer> =>
    ask(new URL(path, page).href, { ...asking, headers: { Cookie: cookie, ...headers } })
  return {
    ...server,
    welcome,
    origin,
    link,
    page,
    cookie,
    own,
    act: (path, fields) =>
      own(path, {
        method: 'POST',
        headers: { ...formHeaders, Accept: 'application/json', Origin: origin },
        body: new URLSearchParams(fields).toString(),
      }),
    stop() {
      server.child.kill('SIGTERM')
      return server.ended
    },
  }
}

/** What a form is sent with. */
export const formHeaders = { 'Content-Type': 'application/x-www-form-urlencoded' } as const
