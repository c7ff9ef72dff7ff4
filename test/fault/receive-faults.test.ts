// What the system can do to an upload, done for real: no space, no folder, no permission, no
// descriptors. The client gets an answer, nothing stays behind, and the next upload works.

import { execFile, execFileSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { appendBytes, readOffset } from '../../src/receive/append-bytes.ts'
import { compileSource } from '../../tools/compile-source.mjs'
import { countDescriptors } from '../support/descriptors.ts'
import { startUploadServer } from '../support/receive-server.ts'
import type { UploadServer } from '../support/receive-server.ts'

let folder: string
let server: UploadServer
let unmount = doNothing

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'titofisto-fault-'))
})

afterEach(async () => {
  expect(countDescriptors(folder)).toBe(0)
  await server.close()
  unmount()
  rmSync(folder, { recursive: true, force: true })
})

async function put(body: string): Promise<number> {
  const response = await fetch(server.url, { method: 'PUT', body })
  await response.arrayBuffer()
  return response.status
}

async function postForm(...contents: string[]): Promise<number> {
  const form = new FormData()
  for (const content of contents) form.append('f', new File([content], 'a.txt'))
  const response = await fetch(server.url, { method: 'POST', body: form })
  await response.arrayBuffer()
  return response.status
}

const isRoot = process.getuid?.() === 0
const megabyte = 'x'.repeat(1024 * 1024)

/** Mounts a file system of one mebibyte, or says why it can't. */
function mountSmallDisk(): string | null {
  if (!isRoot) return 'mounting a small disk needs root'
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'pipe' })
  } catch (error) {
    return `this machine mounts no tmpfs (${String(error)})`
  }
  unmount = () => {
    execFileSync('umount', [folder])
    unmount = doNothing
  }
  return null
}

describe('a full disk', () => {
  it('answers 507, keeps nothing, and takes what fits', async ({ skip }) => {
    const reason = mountSmallDisk()
    skip(reason !== null, reason ?? '')
    server = await startUploadServer(folder)
    server.limits = { ...server.limits, maxFiles: 9 }
    expect(await put(megabyte.repeat(3))).toBe(507)
    expect(await postForm(megabyte, megabyte, megabyte)).toBe(507)
    expect(await server.nextOutcome()).toMatchObject({ code: 'storage-full' })
    expect(server.spooled()).toEqual([])
    expect(await put('x'.repeat(500_000))).toBe(200)
    // No room even for a little: the error comes with the last write.
    expect(await put('x'.repeat(700_000))).toBe(507)
    expect(server.spooled()).toHaveLength(1)
  })

  it('keeps what fitted of a tus upload, so that it can go on', async ({ skip }) => {
    const reason = mountSmallDisk()
    skip(reason !== null, reason ?? '')
    server = await startUploadServer(folder)
    const path = join(folder, 'tus')
    server.receive = async (incoming, reception) => {
      const offsetBytes = Number(incoming.header('upload-offset'))
      const upload = { path, lengthBytes: null, offsetBytes, checksum: null }
      await appendBytes(incoming, reception, upload)
      return { files: [], fields: [] }
    }
    const sent = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => index % 251))
    const headers = { 'upload-offset': '0' }
    const response = await fetch(server.url, { method: 'PATCH', body: sent, headers })
    expect(response.status).toBe(507)
    const offsetBytes = await readOffset(path)
    expect(offsetBytes).toBeGreaterThan(0)
    expect(readFileSync(path).equals(sent.subarray(0, offsetBytes))).toBe(true)
  })
})

describe('a spool folder', () => {
  it('that is gone fails the upload, not the server', async () => {
    const spool = join(folder, 'spool')
    mkdirSync(spool)
    server = await startUploadServer(spool)
    rmSync(spool, { recursive: true })
    expect(await put('hello')).toBe(500)
    expect(await postForm('hello', megabyte)).toBe(500)
    expect(await server.nextOutcome()).toMatchObject({ code: 'storage-failed' })
    mkdirSync(spool)
    expect(await put('hello')).toBe(200)
  })

  it('that goes while bytes come takes them with it', async () => {
    const spool = join(folder, 'spool')
    mkdirSync(spool)
    server = await startUploadServer(spool)
    server.durable = true
    const body = new ReadableStream({
      async pull(controller) {
        controller.enqueue(Buffer.from(megabyte))
        while (existsSync(spool) && server.spooled().length === 0)
          await new Promise((resolve) => setImmediate(resolve))
        rmSync(spool, { recursive: true, force: true })
        controller.close()
      },
    })
    const response = await fetch(server.url, { method: 'PUT', body, duplex: 'half' })
    expect(response.status).toBe(500)
  })

  it('that can only be read fails the upload, not the server', async ({ skip }) => {
    skip(isRoot, 'root may write everywhere')
    server = await startUploadServer(folder)
    chmodSync(folder, 0o500)
    onTestFinished(() => chmodSync(folder, 0o700))
    expect(await put('hello')).toBe(500)
  })

  it('where the name is taken is not written to', async () => {
    server = await startUploadServer(folder)
    closeSync(openSync(join(folder, 'upload1-0'), 'w'))
    expect(await put('hello')).toBe(500)
    expect(statSync(join(folder, 'upload1-0')).size).toBe(0)
  })
})

describe('a process without descriptors', () => {
  it('refuses, leaves nothing, and recovers', async () => {
    const source = await compileSource()
    onTestFinished(() => source.remove())
    const child = fileURLToPath(new URL('../support/receive-starved-child.mjs', import.meta.url))
    const { stdout } = await promisify(execFile)('bash', [
      '-c',
      'ulimit -n 128; exec "$@"',
      'bash',
      process.execPath,
      child,
      source.folder,
      folder,
    ])
    expect(JSON.parse(stdout)).toEqual({
      starved: ['storage-failed', 'storage-failed'],
      left: 0,
      recovered: ['image/gif', 'image/gif'],
    })
    server = await startUploadServer(folder)
  })
})

function doNothing(): void {}
