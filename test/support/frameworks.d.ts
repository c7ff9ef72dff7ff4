// The little of other frameworks that the tests touch; they bring no types of their own.

declare module 'connect' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  type Next = (error?: unknown) => void
  type Handler = (req: IncomingMessage, res: ServerResponse, next: Next) => unknown

  interface App {
    (req: IncomingMessage, res: ServerResponse): void
    use(handler: Handler | App): this
    use(path: string, handler: Handler | App): this
  }
  export default function connect(): App
}

declare module 'koa' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  class Koa {
    silent: boolean
    use(middleware: Koa.Middleware): this
    callback(): (req: IncomingMessage, res: ServerResponse) => Promise<void>
    on(event: 'error', listener: (error: Error) => void): this
  }
  namespace Koa {
    interface Context {
      readonly req: IncomingMessage
      readonly res: ServerResponse
      readonly originalUrl: string
      readonly method: string
      path: string
      status: number
      body: unknown
      respond?: boolean
      set(name: string, value: string): void
    }
    type Middleware = (context: Context, next: () => Promise<unknown>) => unknown
  }
  export default Koa
}

declare module 'koa-2' {
  export { default } from 'koa'
}
