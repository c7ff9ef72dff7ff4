// Servers of S3 that tests start: Ceph's gateway, which checks every signature, and moto, which has the
// newest conditions. Both from Debian, see tools/system-packages.mjs; where one is missing its tests
// skip themselves.

import { S3Client, CreateBucketCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3'
import type { S3ClientConfig } from '@aws-sdk/client-s3'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { findMoto } from '../../../tools/moto.mjs'
import { findProgram, runsAllClients } from '../../../tools/system-packages.mjs'

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

const run = promisify(execFile)

/** Ceph's gateway. */
export const ceph: S3EngineKind = {
  label: 'Ceph RGW',
  missing: whyNoCeph(),
  async start() {
    const folder = await mkdtemp(join(tmpdir(), 'titofisto-ceph-'))
    const port = await findPort()
    const script = new URL('ceph-rgw.sh', import.meta.url).pathname
    const stop = async (): Promise<void> => {
      for (const file of await readdir(join(folder, 'run')).catch(() => []))
        if (file.endsWith('.pid'))
          await endProcess(await readFile(join(folder, 'run', file), 'utf8'))
      await rm(folder, { recursive: true, force: true })
    }
    try {
      await run(script, [folder, String(port), String(await findPort())])
    } catch (error) {
      await stop()
      throw error
    }
    return toEngine(port, stop)
  },
}

const serveMoto = new URL('serve_moto.py', import.meta.url).pathname

/** moto's server. */
export const moto: S3EngineKind = {
  label: 'moto',
  missing: findMoto() === null ? 'moto is not installed: see tools/moto.mjs' : null,
  async start() {
    const port = await findPort()
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

function whyNoCeph(): string | null {
  if (!runsAllClients()) return 'Ceph is large: `npm run matrix` runs it'
  const missing = ['radosgw', 'ceph-mon', 'ceph-osd'].filter((name) => findProgram(name) === null)
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`
  return process.getuid?.() === 0 ? null : 'Ceph starts as root only'
}

function toEngine(port: number, stop: () => Promise<void>): S3Engine {
  const clients: S3Client[] = []
  let buckets = 0
  function connectTo({ port: toPort = port, ...options }: S3ClientConfig & { port?: number } = {}) {
    const client = new S3Client({
      endpoint: `http://127.0.0.1:${toPort}`,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'AKTEST', secretAccessKey: 'SKTEST' },
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

async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
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

/** These are nobody's children any more: they went into the background. */
async function endProcess(text: string): Promise<void> {
  const pid = Number(text)
  if (!Number.isInteger(pid) || pid <= 1) return
  try {
    for (process.kill(pid, 'SIGKILL'); ; await pause(20)) process.kill(pid, 0)
  } catch {
    // It is gone.
  }
}
