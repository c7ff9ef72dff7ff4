// A Request of Fetch's, answered on the objects of the server of Node's that it came by: a file goes
// out by the Node door's ways, at a third of the CPU for a MiB. Our user's code sees the Request.

import { NodeIncoming } from './node-incoming.ts'
import { writeReply } from './node-reply.ts'
import type { Log } from '../../log.ts'
import type { Incoming, RequestHandler } from '../exchange.ts'
import type { NodeRequest, NodeResponse } from './node-types.ts'

/** A download, as Fetch has it and as Node does. */
export interface NodeExchange {
  readonly request: Request
  /** Path and query to answer. */
  readonly target: string
  readonly incoming: NodeRequest
  readonly outgoing: NodeResponse
}

/** Answers, and gives whether it was ours; then nobody else may answer. Never rejects. */
export type ThroughNode = (exchange: NodeExchange) => Promise<boolean>

const ways = new WeakMap<object, ThroughNode>()

/** Makes the way for an application's files. */
export function openThroughNode(files: object, answer: RequestHandler, log: Log): void {
  ways.set(files, async ({ request, target, incoming, outgoing }) => {
    const node = new NodeIncoming(incoming, outgoing, target, false)
    const seen: Incoming = {
      method: node.method,
      target,
      origin: node.origin,
      platformRequest: request,
      header: (name) => node.header(name),
      body: () => node.body(),
      fileTurn: () => node.fileTurn(),
    }
    const reply = await answer(seen)
    if (reply === null) node.leave()
    else await writeReply({ incoming: node, res: outgoing, reply }, log)
    return reply !== null
  })
}

/** The way through Node's objects; none for what createTitofisto() has not made itself. */
export function throughNodeOf(files: object): ThroughNode | undefined {
  return ways.get(files)
}
