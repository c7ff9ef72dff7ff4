// The little of other people's middleware that the tests touch; it brings no types of its own.

type Middleware = (
  req: import('node:http').IncomingMessage,
  res: import('node:http').ServerResponse,
  next: (error?: unknown) => void,
) => unknown
type MakeMiddleware = (...options: unknown[]) => Middleware

declare module 'compression' {
  const make: MakeMiddleware
  export default make
}
declare module '@polka/compression' {
  const make: MakeMiddleware
  export default make
}
declare module 'http-compression' {
  const make: MakeMiddleware
  export default make
}
declare module 'cors' {
  const make: MakeMiddleware
  export default make
}
declare module 'connect-timeout' {
  const make: MakeMiddleware
  export default make
}
declare module 'express-session' {
  const make: MakeMiddleware
  export default make
}
declare module 'morgan' {
  const make: MakeMiddleware
  export default make
}
declare module 'morgan-1.10.0' {
  const make: MakeMiddleware
  export default make
}
declare module 'response-time' {
  const make: MakeMiddleware
  export default make
}
declare module 'serve-favicon' {
  const make: MakeMiddleware
  export default make
}
declare module 'on-headers' {
  export default function onHeaders(
    res: import('node:http').ServerResponse,
    listener: (this: import('node:http').ServerResponse) => void,
  ): void
}
declare module 'on-headers-1.0' {
  export default function onHeaders(
    res: import('node:http').ServerResponse,
    listener: (this: import('node:http').ServerResponse) => void,
  ): void
}
declare module 'polka' {
  interface Polka {
    use(...handlers: (string | Middleware)[]): this
    post(path: string, ...handlers: Middleware[]): this
    readonly handler: (
      req: import('node:http').IncomingMessage,
      res: import('node:http').ServerResponse,
    ) => void
  }
  interface Options {
    readonly onNoMatch?: Middleware
  }
  export default function polka(options?: Options): Polka
}
declare module 'serverless-http' {
  export default function serverless(
    app: (
      req: import('node:http').IncomingMessage,
      res: import('node:http').ServerResponse,
    ) => unknown,
    options?: object,
  ): (
    event: object,
    context: object,
  ) => Promise<{
    readonly statusCode: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
    readonly isBase64Encoded: boolean
  }>
}
declare module 'supertest' {
  interface Test extends Promise<{
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: unknown
  }> {
    set(name: string, value: string): this
    buffer(isBuffered: boolean): this
    responseType(type: string): this
    send(body: unknown): this
  }
  export default function supertest(app: unknown): {
    get(path: string): Test
    put(path: string): Test
  }
}
