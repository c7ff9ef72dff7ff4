// A Response that ends no sooner than the request's body, of which an early answer has left something.
// Servers close a connection at the answer's end where the client asked for that, and Hono's for Node
// half a second after it in any case: a client that still writes would lose the answer.

import { bodilessStatuses } from '../response-reply.ts'

/**
 * Deno reads on by itself behind an answer. One that has its whole length before it ends leaves the
 * connection dead there (2.9): nobody reads it, and nobody closes it.
 */
const readsOnByItself = 'deno' in process.versions

/**
 * The same answer, whose body ends once something has settled, where there is something. With its
 * length in its head, a client that reads meanwhile has all of it before.
 */
export function endAfter(response: Response, settled: Promise<void> | null): Response {
  if (settled === null || readsOnByItself || bodilessStatuses.has(response.status)) return response
  const end = new TransformStream<Uint8Array, Uint8Array>({ flush: () => settled })
  const body = response.body ?? new ReadableStream({ start: (empty) => empty.close() })
  return new Response(body.pipeThrough(end), response)
}
