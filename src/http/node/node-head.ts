// A reply's head on a response. What an application has set before stays, where we say nothing of
// it; what we say wins, so that no safety header is lost.

import { isHttp2, isUntouched } from './node-response.ts'
import type { Reply } from '../exchange.ts'
import type { NodeResponse } from './node-types.ts'

/** Writes or prepares the head; the first byte or the end sends it at the latest. */
export function putHead(res: NodeResponse, reply: Reply): void {
  if (!isHttp2(res) && isUntouched(res) && res.getHeaderNames().length === 0) {
    // The types know no readonly list; Node only reads it.
    res.writeHead(reply.status, reply.headers as string[])
    return
  }
  // One at a time before the head goes out: a flat list in writeHead() is taken apart wrongly by
  // on-headers before 1.1 and by all who copy it, and HTTP/2's compatibility API takes none.
  for (const [name, values] of gather(reply.headers)) {
    const merged = withTheirs(res, name, values)
    const [only] = merged
    res.setHeader(name, merged.length === 1 && only !== undefined ? only : merged)
  }
  res.statusCode = reply.status
}

/** Each name once, with all its values. */
function gather(headers: readonly string[]): Map<string, string[]> {
  const gathered = new Map<string, string[]>()
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? ''
    const value = headers[index + 1] ?? ''
    // A handler's Response names its fields in lower case, and only these more than once.
    const values = gathered.get(name)
    if (values === undefined) gathered.set(name, [value])
    else values.push(value)
  }
  return gathered
}

/** Fields that add up, where others replace each other. */
function withTheirs(res: NodeResponse, name: string, values: readonly string[]): readonly string[] {
  const isList = /^vary$/i.test(name)
  if (!isList && !/^set-cookie$/i.test(name)) return values
  const theirs = [res.getHeader(name) ?? []].flat().map(String)
  if (!isList) return [...theirs, ...values]
  const fields = [...theirs, ...values].join(',').split(',')
  const byName = new Map(fields.map((field) => [field.trim().toLowerCase(), field.trim()]))
  byName.delete('')
  return [[...byName.values()].join(', ')]
}
