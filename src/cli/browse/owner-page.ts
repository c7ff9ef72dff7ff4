// The owner's page of `serve --browse`: what it takes of a server's requests, and what it answers. A
// request that is not the owner's is left to the files' own handler, which knows nothing of this page: so
// a wrong key, no cookie and a path that never was are the very same 404.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { createNodeHandler } from '../../http/node/node-door.ts'
import { cutMountPath, splitTarget } from '../../http/target.ts'
import type { Incoming, Reply } from '../../http/exchange.ts'
import { createOwner } from './owner.ts'
import { isFromOwnPage, readOwnOrigin, type OwnPlace } from './own-requests.ts'
import { createOwnerAnswer } from './owner-answer.ts'
import { arrivalPage, seeOther } from './owner-replies.ts'
import type { Desk } from './desk.ts'

/** The owner's page. */
export interface OwnerPage {
  /** The link that opens it: a path, or a whole URL where `--media-url` is one. */
  readonly link: string
  /** Answers a request that is the owner's, and gives whether it was. */
  takes(req: IncomingMessage, res: ServerResponse): boolean
  /** Whether a request of the owner's only asks what is new, as it does every other second. */
  isLook(req: IncomingMessage): boolean
}

/** Where the page is. */
export interface OwnerPlace extends OwnPlace {
  /** What paths of requests begin with. */
  readonly mountPath: string
  /** What links begin with. */
  readonly mediaUrl: string
}

/** Below the path of the files, beside the namespace of uploads: a proxy that brings those brings it. */
const porch = 'titofisto/browse/'

/** Makes the page. */
export function createOwnerPage(desk: Desk, place: OwnerPlace): OwnerPage {
  const owner = createOwner()
  const { mountPath, mediaUrl, mediaOrigin } = place
  const mediaPath = new URL(mediaUrl, 'http://localhost').pathname
  const sources = mediaOrigin === null ? [] : [mediaOrigin]
  const answerPart = createOwnerAnswer(desk, sources)

  /** What follows the porch of a request that is the owner's by its cookie; else `null`. */
  function partOf(req: IncomingMessage): Part | null {
    const rest = restOf(req, mountPath)
    const [area = '', part, ...more] = rest?.path.split('/') ?? []
    if (rest === null || part === undefined || more.length > 0 || area !== owner.area) return null
    const origin = readOwnOrigin(req.headers, place)
    if (origin === null || !owner.isSignedIn(req)) return null
    return { name: part, query: rest.query, origin }
  }

  const handler = createNodeHandler(
    (incoming) => {
      // The door gives what Node's server gave us; what was asked before is asked again, of the same.
      const req = incoming.platformRequest as IncomingMessage
      const part = partOf(req)
      if (part === null) return arrive(incoming, req)
      const own = [part.origin, ...sources]
      const isOwn = !changes(incoming) || isFromOwnPage(req.headers, own)
      return answerPart(incoming, part, isOwn)
    },
    { mountPath },
    desk.log,
  )

  function arrive(incoming: Incoming, req: IncomingMessage): Reply {
    const { area } = owner
    const isSecure = place.isTls || (mediaOrigin?.startsWith('https:') ?? false)
    const cookie = owner.cookieFor(req, `${mediaPath}${porch}${area}/`, isSecure)
    // A Strict cookie goes with no request that a foreign page began, redirects of it included.
    const site = incoming.header('sec-fetch-site')
    const goTo = `${area}/`
    return site === undefined || site === 'none' || site === 'same-origin'
      ? seeOther(goTo, ['Set-Cookie', cookie])
      : arrivalPage(goTo, ['Set-Cookie', cookie])
  }

  /** Whether this is the link that was printed. */
  function isArrival(req: IncomingMessage): boolean {
    const rest = restOf(req, mountPath)
    if (rest === null || rest.path !== '' || req.method !== 'GET') return false
    return readOwnOrigin(req.headers, place) !== null && owner.hasKey(rest.query)
  }

  return {
    link: `${mediaUrl}${porch}${owner.keyQuery}`,
    takes(req, res) {
      if (partOf(req) === null && !isArrival(req)) {
        desk.transfers.watch(req, res)
        return false
      }
      // The handler never rejects.
      void handler(req, res)
      return true
    },
    isLook: (req) => req.method === 'GET' && partOf(req)?.name === 'now.json',
  }
}

/** A part of the page that is asked for. */
export interface Part {
  /** The last part of the path. */
  readonly name: string
  readonly query: string
  /** The origin that the request came to. */
  readonly origin: string
}

function restOf(
  { url }: IncomingMessage,
  mountPath: string,
): { readonly path: string; readonly query: string } | null {
  const target = splitTarget(url ?? '')
  const rest = target === null ? null : cutMountPath(target.path, mountPath)
  if (target === null || rest?.startsWith(porch) !== true) return null
  return { path: rest.slice(porch.length), query: target.query }
}

function changes({ method }: Incoming): boolean {
  return method !== 'GET' && method !== 'HEAD'
}
