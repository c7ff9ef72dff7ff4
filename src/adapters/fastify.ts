// titofisto/fastify: Fastify 4 and 5.

import type { NodeHandler, Titofisto } from '../index.ts'

/** What is needed of Fastify's request. */
export interface FastifyRequest {
  readonly raw: Parameters<NodeHandler>[0]
}

/** What is needed of Fastify's reply. */
export interface FastifyReply {
  readonly raw: Parameters<NodeHandler>[1]
  getHeaders(): Readonly<Record<string, number | string | string[] | undefined>>
  hijack(): unknown
  callNotFound(): unknown
}

/** What is needed of a Fastify instance. */
export interface FastifyScope {
  readonly prefix: string
  removeAllContentTypeParsers(): unknown
  addContentTypeParser(types: string | string[], parser: LeaveBody): unknown
  route(route: {
    readonly method: string[]
    readonly url: string
    readonly handler: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>
  }): unknown
}

type LeaveBody = (request: object, body: object, done: (error: Error | null) => void) => void

/** A plugin of Fastify's. */
export type FastifyPlugin = (
  scope: FastifyScope,
  options: { readonly prefix?: string },
) => Promise<void>

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/**
 * Serves files and takes the uploads of slots: `app.register(serveFiles(files), { prefix: '/files' })`.
 * Links begin with that prefix, unless the options say `mediaUrl`. What is not ours goes to the
 * application's not-found handler. The parsers of other routes stay as they are.
 * @example
 * import { serveFiles } from 'titofisto/fastify'
 *
 * typeof serveFiles(files) //=> 'function'
 */
export function serveFiles(files: Titofisto): FastifyPlugin {
  // oxlint-disable-next-line require-await -- by its promise Fastify tells it from a plugin with a callback
  const plugin: FastifyPlugin = async (scope, { prefix }) => {
    const base = scope.prefix.replace(/\/$/, '')
    const place = prefix === undefined ? files.mountedAt('', base) : files.mountedAt(base)
    if (!place.startsWith(`${base}/`))
      throw new TypeError(`The prefix ${base} is a pattern. titofisto's must be a plain path.`)
    leaveBodies(scope)
    scope.route({
      method: methods,
      url: toRoutePath(place.slice(base.length)),
      async handler(request, reply) {
        // Of what plugins have set, the raw response knows nothing yet.
        for (const [name, value = ''] of Object.entries(reply.getHeaders()))
          reply.raw.setHeader(name, value)
        let isOurs = true
        await files.handler(request.raw, reply.raw, () => (isOurs = false))
        if (!isOurs) return reply.callNotFound()
        reply.hijack()
        return undefined
      },
    })
  }
  // Another Fastify refuses it when it is registered.
  const meta = { name: 'titofisto', fastify: '>=4' }
  return Object.assign(plugin, { [Symbol.for('plugin-meta')]: meta })
}

/**
 * Keeps Fastify's parsers off the bodies that come to the routes of a scope, so that `files.receive()`
 * can take them: all bodies, or those of some media types.
 * @example
 * import { leaveBodies } from 'titofisto/fastify'
 *
 * typeof leaveBodies //=> 'function'
 */
export function leaveBodies(scope: FastifyScope, ...types: string[]): void {
  if (types.length === 0) scope.removeAllContentTypeParsers()
  scope.addContentTypeParser(types.length === 0 ? '*' : types, (_request, _body, done) =>
    done(null),
  )
}

/** Fastify decodes a path before it compares, and a colon begins a parameter. */
function toRoutePath(place: string): string {
  return `${decodeURI(place).replaceAll(':', '::')}*`
}
