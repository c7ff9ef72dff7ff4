// The little of Express that the tests touch; it brings no types of its own.

declare module 'express' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  type Next = (error?: unknown) => void
  // As loose as Express is: it awaits promises, and takes handlers of two or three arguments.
  type Handler = (req: IncomingMessage, res: ServerResponse, next: Next) => unknown

  type ErrorHandler = (
    error: Error,
    req: IncomingMessage,
    res: ServerResponse,
    next: Next,
  ) => unknown

  interface Router {
    (req: IncomingMessage, res: ServerResponse): void
    use(handler: Handler | ErrorHandler | Router): void
    use(path: string, ...handlers: (Handler | Router)[]): void
    post(path: string, ...handlers: Handler[]): void
  }

  function express(): Router
  namespace express {
    type RequestHandler = Handler
    function Router(): Router
    function json(): Handler
    function urlencoded(options: { readonly extended: boolean }): Handler
    function raw(options: { readonly type: string }): Handler
    function text(options: { readonly type: string }): Handler
  }
  export default express
}

declare module 'express-4' {
  export { default } from 'express'
}
