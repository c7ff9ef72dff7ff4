// titofisto/nest: NestJS 11 and 12, over Express and over Fastify. A module of Nest's is a plain object,
// so nothing of Nest is loaded here.

/* oxlint-disable typescript/no-extraneous-class -- a module of Nest's is a class */

import type { Titofisto as Files, TitofistoError } from '../index.ts'

/** What Nest injects the application's files by: `constructor(private readonly files: Titofisto) {}`. */
export type Titofisto = Files

/**
 * What Nest injects the application's files by.
 * @example
 * import { Titofisto } from 'titofisto/nest'
 *
 * typeof Titofisto //=> 'function'
 */
export const Titofisto = function () {} as unknown as abstract new () => Files

/** A dynamic module of Nest's. */
export interface TitofistoDynamicModule {
  module: typeof TitofistoModule
  global: true
  providers: { provide: string | typeof Titofisto; useValue: object }[]
  exports: (typeof Titofisto)[]
}

/**
 * Makes the application's files injectable, and closes them with the application.
 * @example
 * import { TitofistoModule } from 'titofisto/nest'
 *
 * TitofistoModule.forRoot(files).global //=> true
 */
export class TitofistoModule {
  /** For the imports of the application's root module; the files are then everywhere. */
  static forRoot(files: Files): TitofistoDynamicModule {
    return {
      module: TitofistoModule,
      global: true,
      providers: [
        { provide: Titofisto, useValue: files },
        {
          provide: 'titofisto/shutdown',
          useValue: { onApplicationShutdown: () => files.close() },
        },
      ],
      exports: [Titofisto],
    }
  }
}

/** What is needed of Nest's ArgumentsHost. */
export interface NestArguments {
  getType(): string
  getArgByIndex(index: number): unknown
}

/** What is needed of Express's response and Fastify's reply. */
interface NestResponse {
  readonly headersSent?: boolean
  readonly sent?: boolean
  status(code: number): { send(body: object): unknown }
}

/** What the filter catches: uploads that were refused through a fault of the client's. */
const refusedUpload = {
  [Symbol.hasInstance]: (error: unknown) =>
    error instanceof Error &&
    error.name === 'TitofistoError' &&
    Reflect.get(error, 'expose') === true,
}

/**
 * Answers for uploads that `receive()` refused through a fault of the client's, as Nest does by itself,
 * but without a line in Nest's log: that takes every error for a fault of the application's which is no
 * exception of its own. For `app.useGlobalFilters()`, or a provider of `APP_FILTER`.
 * @example
 * import { UploadExceptionFilter } from 'titofisto/nest'
 *
 * typeof new UploadExceptionFilter().catch //=> 'function'
 */
export class UploadExceptionFilter {
  constructor() {
    // As `@Catch()` does: which errors it is for, Nest reads there. It has loaded reflect-metadata by now.
    const reflect = Reflect as {
      defineMetadata?(key: string, value: unknown, target: object): void
    }
    reflect.defineMetadata?.('__filterCatchExceptions__', [refusedUpload], UploadExceptionFilter)
  }

  /** Called by Nest. @throws what it is given, where that was no request over HTTP. */
  catch(error: TitofistoError, host: NestArguments): void {
    // The second argument is the response then, whatever the platform.
    const response = host.getArgByIndex(1) as NestResponse
    if (host.getType() !== 'http' || response.headersSent === true || response.sent === true)
      throw error
    const { statusCode, message } = error
    response.status(statusCode).send({ statusCode, message })
  }
}
