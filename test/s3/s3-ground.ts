// A storage in an S3 that is shared by the tests of a file, each with a prefix of its own, and with a
// proxy between that counts requests and goes wrong when it is told to.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, it } from 'vitest'
import type { S3ClientConfig } from '@aws-sdk/client-s3'
import { createS3Storage } from '../../src/adapters/s3.ts'
import type { S3Storage, S3StorageOptions } from '../../src/adapters/s3.ts'
import type { LogEntry } from '../../src/log.ts'
import { createTitofisto, type Titofisto } from '../../src/titofisto.ts'
import type { TitofistoOptions } from '../../src/titofisto-options.ts'
import { startFileServer, type FileServer } from '../support/file-server.ts'
import { startFaultProxy, type FaultProxy } from '../support/engines/fault-proxy.ts'
import type { S3Engine, S3EngineKind } from '../support/engines/s3-engines.ts'

/** The SDK's, in its second form. */
type RetryStrategy = Extract<S3ClientConfig['retryStrategy'], { acquireInitialRetryToken: unknown }>

export const secret = 'the secret of tests, 32 bytes long'

/** What the tests of an engine have. */
export interface S3Ground {
  readonly engine: S3Engine
  readonly proxy: FaultProxy
  /** A bucket for all, and one that keeps versions. */
  readonly bucket: string
  readonly versionedBucket: string
  /** A storage with a prefix of its own, by way of the proxy. */
  createStorage(options?: Partial<S3StorageOptions>): Promise<S3Storage>
  /** An application over it, behind a server. */
  serve(
    storage: S3Storage,
    options?: Omit<Partial<TitofistoOptions>, 'storage'>,
  ): Promise<{ files: Titofisto<S3Storage>; server: FileServer; entries: LogEntry[] }>
}

/**
 * Two attempts, as `maxAttempts: 2`, without the pause between them, which is the SDK's own matter:
 * tests of a throttling S3 would wait for nothing else.
 */
export const againAtOnce: RetryStrategy = {
  acquireInitialRetryToken: async () => tokenOf(0),
  async refreshRetryTokenForRetry(token, { errorType }) {
    const mayPass = errorType !== 'CLIENT_ERROR'
    if (mayPass && token.getRetryCount() === 0) return tokenOf(1)
    throw new Error('There is no further attempt.')
  },
  recordSuccess() {},
}

function tokenOf(retryCount: number) {
  return { getRetryCount: () => retryCount, getRetryDelay: () => 0 }
}

/** Runs suites on one engine; where it is missing, one skipped test says why. */
export function describeEngine(kind: S3EngineKind, suites: (ground: S3Ground) => void): void {
  describe(`on ${kind.label}`, () => {
    const { missing } = kind
    if (missing !== null) {
      it('is tested', ({ skip }) => skip(missing))
      return
    }
    suites(useEngine(kind))
  })
}

function useEngine(kind: S3EngineKind): S3Ground {
  let engine: S3Engine
  let proxy: FaultProxy
  let bucket = ''
  let versionedBucket = ''
  let prefixes = 0
  const toClose: (() => Promise<void>)[] = []

  beforeAll(async () => {
    engine = await kind.start()
    proxy = await startFaultProxy(engine.port)
    bucket = await engine.makeBucket()
    versionedBucket = await engine.makeBucket({ versions: true })
  })

  afterEach(async () => {
    proxy.choose = () => null
    for (const close of toClose.splice(0).toReversed()) await close()
  })

  afterAll(async () => {
    await proxy?.close()
    await engine?.stop()
  })

  return {
    get engine() {
      return engine
    },
    get proxy() {
      return proxy
    },
    get bucket() {
      return bucket
    },
    get versionedBucket() {
      return versionedBucket
    },
    async createStorage(options = {}) {
      const stateFolder = await mkdtemp(join(tmpdir(), 'titofisto-s3-'))
      toClose.push(() => rm(stateFolder, { recursive: true, force: true }))
      return createS3Storage({
        client: engine.connect({ port: proxy.port, retryStrategy: againAtOnce }),
        bucket,
        prefix: `test ${++prefixes}/`,
        stateFolder,
        log: () => {},
        ...options,
      })
    },
    async serve(storage, options = {}) {
      const entries: LogEntry[] = []
      const files = createTitofisto<S3Storage>({
        secret,
        storage,
        sweepSeconds: 0,
        log: (entry) => entries.push(entry),
        ...options,
      })
      const server = await startFileServer((req, res) => void files.handler(req, res))
      toClose.push(
        () => server.close(),
        () => files.close(),
      )
      return { files, server, entries }
    },
  }
}
