// The Node door: (req, res, next?) for node:http, node:https and http2's compatibility API, and for
// every framework that speaks them. It reads the request into an Incoming, and writes the Reply.

import { describeCause, toSafeLog, type Log } from '../../log.ts'
import { internalError, notFound } from '../plain-replies.ts'
import { hearMounts } from './hear-mounts.ts'
import { hearLateFault } from './late-fault.ts'
import { breakOff } from './node-client.ts'
import { NodeIncoming } from './node-incoming.ts'
import { isAtHand, writeAtHand, writeReply, type Sending } from './node-reply.ts'
import { cameStraightTo } from './node-straight.ts'
import { targetOf } from './node-target.ts'
import { createTurnEnd } from './reply-batch.ts'
import type { Reply, RequestHandler } from '../exchange.ts'
import type { MountSite } from '../mount-site.ts'
import type { NodeHandler, NodeResponse } from './node-types.ts'

/** Makes the Node door. */
export function createNodeHandler(
  answer: RequestHandler,
  site: MountSite,
  givenLog: Log,
): NodeHandler {
  const log = toSafeLog(givenLog)
  const atTurnEnd = createTurnEnd((sending: Sending) => writeAtHand(sending, log))

  /** Never throws; what it gives never rejects. */
  function give(incoming: NodeIncoming, res: NodeResponse, next: Next, reply: Reply | null) {
    try {
      if (reply === null && typeof next === 'function') {
        incoming.leave()
        passOn(incoming, res, next)
        return settled
      }
      const sending = { incoming, res, reply: reply ?? notFound }
      return isAtHand(sending) ? atTurnEnd(sending) : writeReply(sending, log)
    } catch (cause) {
      incoming.leave()
      reply?.onEnd?.({ bodyBytes: 0, isWhole: false })
      return breakDown(res, cause)
    }
  }

  /** What `next` throws is the application's; here is the last place where anybody can hear of it. */
  function passOn(incoming: NodeIncoming, res: NodeResponse, next: NonNullable<Next>): void {
    const fail = (cause: unknown): void => {
      const message = `What next() called threw (${describeCause(cause)}).`
      log({ level: 'error', event: 'next-failed', message, cause })
      if (res.headersSent) breakOff(res)
      else void writeReply({ incoming, res, reply: internalError }, log)
    }
    try {
      hearLateFault(next(), fail)
    } catch (cause) {
      fail(cause)
    }
  }

  /** For objects that nothing can be done with. */
  function breakDown(res: NodeResponse, cause: unknown): Promise<void> {
    const message = `A request could not be answered (${describeCause(cause)}).`
    log({ level: 'error', event: 'send-failed', message, cause })
    breakOff(res)
    return settled
  }

  const handler: NodeHandler = (req, res, next) => {
    try {
      const isStraight = cameStraightTo(handler, req, res)
      const incoming = new NodeIncoming(req, res, targetOf(req, site), isStraight)
      const answered = answer(incoming)
      if (!(answered instanceof Promise)) return give(incoming, res, next, answered)
      return answered.then(
        (reply) => give(incoming, res, next, reply),
        (cause: unknown) => {
          incoming.leave()
          return breakDown(res, cause)
        },
      )
    } catch (cause) {
      return breakDown(res, cause)
    }
  }
  hearMounts(handler, site)
  return handler
}

type Next = ((error?: unknown) => void) | undefined

const settled = Promise.resolve()
