// A browser's navigation, without a browser. Node's fetch() can't stand in for one: it says of itself
// that it is a script's request.

import { request } from 'node:http'
import { buffer } from 'node:stream/consumers'

/** What a browser sends to a page that it wants to show. */
export const navigation = {
  Accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
  'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-Dest': 'document',
}

interface Navigation {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** A form, as pages send it. */
  readonly form?: Readonly<Record<string, string>>
}

/** Asks as a browser does, and follows no redirect. */
export async function navigate(url: string, asked: Navigation = {}): Promise<Response> {
  const { method = 'GET', headers = {}, form } = asked
  const body = form === undefined ? '' : new URLSearchParams(form).toString()
  const type = form === undefined ? {} : { 'Content-Type': 'application/x-www-form-urlencoded' }
  const sent = request(url, { method, headers: { ...navigation, ...type, ...headers } })
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve).once('error', reject)
    sent.end(body)
  })
  const bytes = await buffer(response)
  const { statusCode = 0 } = response
  const fields = Object.entries(response.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  )
  const isBodiless = bytes.length === 0 || statusCode === 204 || statusCode === 304
  return new Response(isBodiless ? null : bytes, { status: statusCode, headers: fields })
}
