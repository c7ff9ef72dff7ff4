// What the owner is answered: parts of the page, and what came of a form.

import { isTitofistoError } from '../../errors.ts'
import { namesJson } from '../../http/accept.ts'
import { methodNotAllowed } from '../../http/plain-replies.ts'
import { readSmallBody } from '../../http/small-body.ts'
import { describeCause } from '../../log.ts'
import type { Incoming, Reply } from '../../http/exchange.ts'
import { actions } from './actions.ts'
import {
  lookAtFile,
  lookAtFolder,
  lookAtNow,
  lookAtRequest,
  lookAtRequests,
  tellNow,
  type Look,
} from './looks.ts'
import { OwnerRefusal } from './owner-refusal.ts'
import { jsonReply, pageReply, seeOther } from './owner-replies.ts'
import { formatNotice, framePart } from './page/frame.ts'
import type { Desk, Visit } from './desk.ts'
import type { ToldRefusal } from './page/told.ts'

/** What is asked for. */
interface Asked extends Visit {
  readonly name: string
  readonly query: string
}

/** Answers the owner; `isOwn`: whether a request that changes something came from a page of ours. */
export type OwnerAnswer = (incoming: Incoming, asked: Asked, isOwn: boolean) => Promise<Reply>

/** Makes the answers; `sources`: origins besides the page's own that files are at. */
export function createOwnerAnswer(desk: Desk, sources: readonly string[]): OwnerAnswer {
  const looks: Readonly<Record<string, (asked: Asked) => Promise<Reply>>> = {
    '': async ({ query }) => show(await lookAtFolder(desk, query)),
    file: async ({ query }) => seeOther(await lookAtFile(desk, query)),
    requests: async (asked) => show(await lookAtRequests(desk, asked, asked.query)),
    request: async (asked) => show(await lookAtRequest(desk, asked, asked.query)),
    now: async () => show(await lookAtNow(desk)),
    'now.json': async () => jsonReply(200, await tellNow(desk)),
  }

  function show(look: Look): Reply {
    return pageReply(200, framePart({ ...look, sources }))
  }

  async function act(incoming: Incoming, asked: Asked): Promise<Reply> {
    const action = Object.hasOwn(actions, asked.name) ? actions[asked.name] : undefined
    if (action === undefined) throw new OwnerRefusal(404, 'There is no such page.')
    const body = await readSmallBody(incoming, maxFormBytes)
    if (typeof body === 'number') throw new OwnerRefusal(body, 'That did not arrive as it should.')
    const { told, goTo } = await action(desk, asked, new URLSearchParams(body))
    return namesJson(incoming.header('accept')) ? jsonReply(200, told) : seeOther(goTo)
  }

  return async (incoming, asked, isOwn) => {
    try {
      if (incoming.method === 'POST') {
        if (!isOwn) throw new OwnerRefusal(403, 'Only the page itself can ask for this.')
        return await act(incoming, asked)
      }
      const look = Object.hasOwn(looks, asked.name) ? looks[asked.name] : undefined
      if (look === undefined) throw new OwnerRefusal(404, 'There is no such page.')
      if (incoming.method === 'GET' || incoming.method === 'HEAD') return await look(asked)
      return methodNotAllowed('GET, HEAD')
    } catch (error) {
      return refuse(desk, incoming, error)
    }
  }
}

const maxFormBytes = 16 * 1024

function refuse({ log }: Desk, incoming: Incoming, error: unknown): Reply {
  const { status, message } = toRefusal(error)
  if (status >= 500) {
    const said = `The owner's page could not do what it was asked for (${describeCause(error)}).`
    log({ level: 'error', event: 'browse-failed', message: said, cause: error })
  }
  if (namesJson(incoming.header('accept')))
    return jsonReply(status, { message } satisfies ToldRefusal)
  return pageReply(status, formatNotice('That did not work', message))
}

function toRefusal(error: unknown): Pick<OwnerRefusal, 'status' | 'message'> {
  if (error instanceof OwnerRefusal) return error
  if (
    isTitofistoError(error) &&
    ['file-missing', 'name-invalid', 'file-unreadable'].includes(error.code)
  )
    return { status: 404, message: 'This file is not there, or can’t be read.' }
  if (isTitofistoError(error) && error.code === 'storage-full')
    return { status: 507, message: 'There is no space left.' }
  return { status: 500, message: 'That went wrong. The terminal says more.' }
}
