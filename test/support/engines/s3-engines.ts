// Servers of S3 that tests start: Ceph's gateway, which checks every signature, and moto, which has the
// newest conditions. Both from Debian, see tools/system-packages.mjs; where one is missing its tests
// skip themselves.

import { S3Client, CreateBucketCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3'
import type { S3ClientConfig } from '@aws-sdk/client-s3'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { findMoto } from '../../../tools/moto.mjs'
import { startCeph, toS3Settings, whyNoCeph } from './ceph.mjs'
import { findFreePort } from './engine-process.mjs'

/** A running S3. */
export interface S3Engine {
  readonly port: number
  /** A client, by way of another port where one is given. */
  connect(options?: S3ClientConfig & { readonly port?: number }): S3Client
  /** Makes a new bucket, and gives its name. */
  makeBucket(options?: { readonly versions?: boolean }): Promise<string>
  stop(): Promise<void>
}

/** An S3 that may be there. */
export interface S3EngineKind {
  readonly label: string
  /** Why it can't be started here; `null` where it can. */
  readonly missing: string | null
  start(): Promise<S3Engine>
}

/** Ceph's gateway. */
export const ceph: S3EngineKind = {
  label: 'Ceph RGW',
  missing: whyNoCeph(),
  async start() {
    const { port, stop } = await startCeph()
    return toEngine(port, stop)
  },
}

const serveMoto = new URL('serve_moto.py', import.meta.url).pathname

/** moto's server. */
export const moto: S3EngineKind = {
  label: 'moto',
  missing: findMoto() === null ? 'moto is not installed: see tools/moto.mjs' : null,
  async start() {
    const port = await findFreePort()
    const server = spawn('/usr/bin/python3', [serveMoto, '-H', '127.0.0.1', '-p', String(port)], {
      stdio: 'ignore',
      env: { ...process.env, PYTHONPATH: findMoto() ?? '' },
    })
    await waitForPort(port)
    return toEngine(port, async () => {
      const ended = once(server, 'exit')
      server.kill('SIGKILL')
      await ended
    })
  },
}

function toEngine(port: number, stop: () => Promise<void>): S3Engine {
  const clients: S3Client[] = []
  let buckets = 0
  function connectTo({ port: toPort = port, ...options }: S3ClientConfig & { port?: number } = {}) {
    const client = new S3Client({
      ...toS3Settings(toPort),
      ...options,
    })
    clients.push(client)
    return client
  }
  return {
    port,
    connect: connectTo,
    async makeBucket({ versions = false } = {}) {
      const Bucket = `bucket-${++buckets}`
      const client = connectTo()
      await client.send(new CreateBucketCommand({ Bucket }))
      const VersioningConfiguration = { Status: 'Enabled' } as const
      if (versions)
        await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }))
      return Bucket
    },
    async stop() {
      for (const client of clients) client.destroy()
      await stop()
    },
  }
}

async function waitForPort(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (isOpen) return
    await pause(50)
  }
}
