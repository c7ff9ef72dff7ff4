// What koa-mount does with a middleware: it sees the rest of the path alone.

import type Koa from 'koa'

/** Mounts a middleware under a path. */
export function mount(prefix: string, middleware: Koa.Middleware): Koa.Middleware {
  return async (context, next) => {
    const { path } = context
    if (path !== prefix && !path.startsWith(`${prefix}/`)) return void (await next())
    context.path = path.slice(prefix.length) || '/'
    await middleware(context, async () => {
      const rest = context.path
      context.path = path
      await next()
      context.path = rest
    })
    context.path = path
  }
}
