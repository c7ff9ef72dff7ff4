// titofisto/nest: NestJS 11 and 12, over Express and over Fastify. A module of Nest's is a plain object,
// so nothing of Nest is loaded here.

/* oxlint-disable typescript/no-extraneous-class -- a module of Nest's is a class */

import type { Titofisto as Files } from '../index.ts'

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
