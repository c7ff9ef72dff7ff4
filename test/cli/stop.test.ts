// How `titofisto serve` ends: running downloads finish, within a limit, and nothing else waits.

import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeTemporaryFolder, runCli, startServer, stateFolderOf } from './command-line.ts'
import type { IncomingMessage } from 'node:http'
import type { RunningServer } from './command-line.ts'

// More than all the buffers between a server and a client that does not read.
const fileBytes = randomBytes(48 * 1024 * 1024)

describe.each(['SIGTERM', 'SIGINT'] as const)('serve on %s', (signal) => {
  it('finishes a running download, takes no new ones, and exits with 0', async () => {
    const server = await serveLargeFile()
    const download = await beginDownload(server)
    server.child.kill(signal)
    expect(await server.stderrWith(/stopping/)).toContain('1 running request')
    await expect.poll(() => canConnect(server)).toBe(false)
    expect(await hashOf(download)).toBe(createHash('sha256').update(fileBytes).digest('hex'))
    expect((await server.ended).exitCode).toBe(0)
  })
})

describe('serve', () => {
  it('takes a signal that arrives twice at once, as under npm, for one', async () => {
    const server = await serveLargeFile()
    const download = await beginDownload(server)
    server.child.kill('SIGINT')
    server.child.kill('SIGTERM')
    await server.stderrWith(/stopping/)
    expect(await hashOf(download)).toBe(createHash('sha256').update(fileBytes).digest('hex'))
    expect((await server.ended).exitCode).toBe(0)
  })

  it('does not wait for idle connections', async () => {
    const server = await serveLargeFile()
    const agent = new Agent({ keepAlive: true })
    onTestFinished(() => agent.destroy())
    const response = await request(`${server.origin}/nothing`, agent)
    response.resume()
    await once(response, 'end')
    const { exitCode, stderr } = await server.stop()
    expect(exitCode).toBe(0)
    expect(stderr).not.toContain('stopping')
  })

  it('cuts what has not finished within --stop-seconds', async () => {
    const server = await serveLargeFile('1')
    const download = await beginDownload(server)
    server.child.kill('SIGTERM')
    const { exitCode, stderr } = await server.ended
    expect([exitCode, /1 did not end in time and were cut/.test(stderr)]).toEqual([0, true])
    await expect(hashOf(download)).rejects.toThrow('aborted')
  })

  it('ends at once when it is told to stop again', async () => {
    const server = await serveLargeFile()
    await beginDownload(server)
    server.child.kill('SIGTERM')
    await server.stderrWith(/stopping/)
    const timer = setInterval(() => server.child.kill('SIGTERM'), 100)
    onTestFinished(() => clearInterval(timer))
    expect((await server.ended).exitCode).toBe(143)
  })

  it('takes its note back, so that links are printed without an address', async () => {
    const cwd = makeTemporaryFolder()
    writeFileSync(path.join(cwd, 'a.txt'), 'hello')
    const server = await startServer([], { cwd })
    expect(notesIn(cwd)).toEqual([`server-${server.child.pid}.json`])
    expect((await runCli(['url', 'a.txt'], { cwd })).stdout).toMatch(/^http:/)
    await server.stop()
    expect(notesIn(cwd)).toEqual([])
    expect((await runCli(['url', 'a.txt'], { cwd })).stdout).toMatch(/^\/media\/a\.txt\?/)
  })

  it('that was killed is not taken for one that runs', async () => {
    const cwd = makeTemporaryFolder()
    writeFileSync(path.join(cwd, 'a.txt'), 'hello')
    const server = await startServer([], { cwd })
    server.child.kill('SIGKILL')
    await server.ended
    expect(notesIn(cwd)).toEqual([`server-${server.child.pid}.json`])
    expect((await runCli(['url', 'a.txt'], { cwd })).stdout).toMatch(/^\/media\/a\.txt\?/)
  })
})

function notesIn(cwd: string): string[] {
  return readdirSync(stateFolderOf(cwd)).filter((name) => name.startsWith('server'))
}

async function serveLargeFile(stopSeconds = '60'): Promise<RunningServer> {
  const cwd = makeTemporaryFolder()
  mkdirSync(path.join(cwd, 'files'))
  writeFileSync(path.join(cwd, 'files/large.bin'), fileBytes)
  return startServer(['files', '--stop-seconds', stopSeconds], { cwd })
}

/** Gives a response whose body nobody reads yet. */
async function beginDownload(server: RunningServer): Promise<IncomingMessage> {
  const response = await request(server.linkTo('large.bin'), new Agent({ keepAlive: true }))
  expect(response.statusCode).toBe(200)
  return response
}

function request(url: string, agent: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, resolve).on('error', reject)
  })
}

async function hashOf(response: IncomingMessage): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of response) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

async function canConnect(server: RunningServer): Promise<boolean> {
  try {
    await fetch(`${server.origin}/nothing`)
    return true
  } catch {
    return false
  }
}
