// File requests by the command line alone: the owner's terminal, and people with the link.

import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  makeTemporaryFolder,
  makeUploadFolder,
  runCli,
  startCli,
  startServer,
} from './command-line.ts'
import type { RunningCli, StartOptions } from './command-line.ts'
import { describeUnless } from '../support/unless.ts'

interface RunningRequest extends RunningCli {
  readonly said: string
  readonly url: string
}

async function startRequest(
  args: readonly string[],
  options: StartOptions,
): Promise<RunningRequest> {
  const command = startCli(['request', '--port', '0', ...args], options)
  const said = await command.stdoutWith(/Stop with Ctrl-C\.\n/)
  return { ...command, said, url: /https?:\S+/.exec(said)?.[0] ?? '' }
}

async function takePlace(url: string, answers: object = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(answers),
  })
}

/** Sends files as a person: the link, then the slot's URL. */
async function sendFiles(url: string, answers: object, files: Readonly<Record<string, string>>) {
  const taken = await takePlace(url, answers)
  expect(taken.status).toBe(201)
  const slot = (await taken.json()) as { url: string }
  const body = new FormData()
  for (const [name, text] of Object.entries(files)) body.append('file', new Blob([text]), name)
  const sent = await fetch(new URL(slot.url, url), { method: 'POST', body })
  return { status: sent.status, json: await sent.json() }
}

describe('titofisto request FOLDER', () => {
  it('takes files from many people into the folder, overwrites none, and says who sent what', async () => {
    const cwd = makeTemporaryFolder()
    const flags = ['--name', '--max-uploads', '3', '--title', 'Trip', '--until', 'in 2 days']
    const request = await startRequest(['./inbox', ...flags], { cwd })
    expect(request.said).toContain('Into ./inbox: up to 3 uploads, until ')
    const ann = { name: 'Ann / ..' }
    const first = await sendFiles(request.url, ann, { 'a.txt': 'one', '../.env': 'two' })
    // No link: who sends need not read.
    expect(first).toEqual({
      status: 200,
      json: {
        files: [
          { name: 'a.txt', sizeBytes: 3 },
          { name: '.env', sizeBytes: 3 },
        ],
      },
    })
    await sendFiles(request.url, ann, { 'a.txt': 'three' })
    await sendFiles(request.url, { name: 'Bob' }, { 'a.txt': 'four' })
    // It has all that it takes, so it ends by itself.
    const { exitCode, stdout, stderr } = await request.ended
    expect(exitCode).toBe(0)
    const folder = path.join(cwd, 'inbox')
    const annFolder = readdirSync(folder).find((name) => name.startsWith('Ann')) ?? ''
    expect(readdirSync(folder).filter((name) => !name.startsWith('.'))).toEqual([annFolder, 'Bob'])
    const names = readdirSync(path.join(folder, annFolder)).toSorted()
    expect(names).toEqual(['_env', 'a.txt', expect.stringMatching(/^a_\w{7}\.txt$/)])
    expect(readFileSync(path.join(folder, annFolder, 'a.txt'), 'utf8')).toBe('one')
    expect(readFileSync(path.join(folder, 'Bob/a.txt'), 'utf8')).toBe('four')
    expect(stderr).toMatch(/^\S+ received: Ann \/ \.\. sent 3 B\. \[Ann.*\/a\.txt\]$/m)
    expect(stderr).toMatch(/^\S+ received: Bob sent 4 B\. \[Bob\/a\.txt\]$/m)
    expect(stdout).toMatch(
      /The file request is over\.\n {2}Ann \/ \.\.: .*\n.*\n {2}Bob: Bob\/a\.txt\n$/,
    )
    expect(stderr).not.toContain(request.url.slice(-20))
  })

  it('shows a QR code that fits a terminal, unless it is not wanted', async () => {
    const cwd = makeTemporaryFolder()
    const request = await startRequest(['inbox'], { cwd })
    const rows = request.said.split('\n').filter((line) => /^[█▀▄ ]{20,}$/.test(line))
    // A square, two modules a row, and small enough for a terminal.
    expect(Math.abs((rows[0] ?? '').length - 2 * rows.length)).toBeLessThanOrEqual(1)
    expect(rows.length).toBeLessThanOrEqual(24)
    const none = await startRequest(['other', '--no-qr'], { cwd })
    expect(none.said).not.toContain('█')
  })

  it('asks for a password that no file and no line of the log has', async () => {
    const cwd = makeTemporaryFolder()
    const env = { TITOFISTO_REQUEST_PASSWORD: 'open sesame' }
    const request = await startRequest(['inbox', '--max-uploads', '1'], { cwd, env })
    expect((await takePlace(request.url)).status).toBe(403)
    await sendFiles(request.url, { password: 'open sesame' }, { 'a.txt': 'x' })
    const { stdout, stderr } = await request.ended
    expect(stdout + stderr).not.toContain('sesame')
  })

  it('goes on where it was killed: the same link, the same count', async () => {
    const cwd = makeTemporaryFolder()
    const first = await startRequest(['inbox', '--max-uploads', '2'], { cwd })
    await sendFiles(first.url, {}, { 'a.txt': 'x' })
    first.child.kill('SIGKILL')
    await first.ended
    const port = new URL(first.url).port
    const again = await startServer(['inbox', '--port', port], { cwd })
    await sendFiles(first.url, {}, { 'b.txt': 'x' })
    expect((await takePlace(first.url)).status).toBe(404)
    const id = /request\/([\w-]{22})\//.exec(first.url)?.[1] ?? ''
    const status = await runCli(['request', 'status', id, '--json'], { cwd })
    expect(JSON.parse(status.stdout)).toMatchObject({
      state: 'complete',
      uploadCount: 2,
      uploads: [{ savedNames: ['a.txt'] }, { savedNames: ['b.txt'] }],
    })
    expect((await again.stop()).stderr).toContain('received: somebody sent 1 B. [b.txt]')
  })

  it.each([
    [['--until', 'soonish'], "--until is unclear; it is a time such as '18:00', 'friday 18:00'"],
    [['--until', '2020-01-01'], '--until is over already.'],
    [['--max-uploads', '0'], '--max-uploads must be a number from 1 to 1000.'],
    [['--max-bytes', 'much'], '--max-bytes must be'],
    [['--password', ''], '--password must be a text of 1 to 200 characters.'],
    [['--expires-in', '0'], '--expires-in must be above 0'],
  ])('ends with 2 for %j, and makes nothing', async (flags, said) => {
    const cwd = makeTemporaryFolder()
    const { exitCode, stderr } = await runCli(['request', 'inbox', '--port', '0', ...flags], {
      cwd,
    })
    expect(stderr).toContain(said)
    expect(exitCode).toBe(2)
    expect(existsSync(path.join(cwd, 'inbox/.titofisto/slots'))).toBe(
      // These are seen once everything stands.
      ['--password', '--expires-in'].includes(flags[0] ?? ''),
    )
  })
})

describe('titofisto request beside a running serve', () => {
  it('lets that server take the files, where it serves the folder or one around it', async () => {
    const cwd = makeUploadFolder()
    const server = await startServer(['files'], { cwd })
    const { stdout, exitCode } = await runCli(['request', 'files/inbox', '--name', '-n', '2'], {
      cwd,
    })
    expect(exitCode).toBe(0)
    const url = /https?:\S+/.exec(stdout)?.[0] ?? ''
    expect(url.startsWith(server.origin)).toBe(true)
    await sendFiles(url, { name: 'Ann' }, { 'a.txt': 'hello' })
    expect(readFileSync(path.join(cwd, 'files/inbox/Ann/a.txt'), 'utf8')).toBe('hello')

    const listed = await runCli(['requests'], { cwd })
    expect(listed.stdout).toMatch(/^[\w-]{22} {2}open +1\/2 {2}\S+Z\n$/)
    const shown = await runCli(['request', 'status', url], { cwd })
    expect(shown.stdout).toMatch(/^state: open$/m)
    expect(shown.stdout).toMatch(/^ {2}Ann: \S+Z inbox\/Ann\/a\.txt$/m)
    const explained = await runCli(['explain', url], { cwd })
    expect(explained).toMatchObject({ exitCode: 0 })
    expect(explained.stdout).toContain('Works (request-open): The file request takes uploads')

    expect((await runCli(['request', 'close', url], { cwd })).exitCode).toBe(0)
    expect((await takePlace(url, { name: 'Bob' })).status).toBe(404)
    expect((await runCli(['request', 'close', url], { cwd })).exitCode).toBe(1)
    expect((await runCli(['explain', url], { cwd })).stdout).toContain(
      'Does not work (request-closed)',
    )
  })

  it('is taken by the server that serves the folder, whatever folder else is set', async () => {
    const cwd = makeUploadFolder()
    const server = await startServer(['files'], { cwd })
    const env = { TITOFISTO_ROOT: makeTemporaryFolder() }
    const { stdout } = await runCli(['request', 'files/inbox', '--no-qr'], { cwd, env })
    const url = /https?:\S+/.exec(stdout)?.[0] ?? ''
    expect(url.startsWith(server.origin)).toBe(true)
    await sendFiles(url, {}, { 'a.txt': 'hello' })
    expect(readFileSync(path.join(cwd, 'files/inbox/a.txt'), 'utf8')).toBe('hello')
  })

  it.each(['files/.titofisto/inbox', 'files/a\\b'])(
    'refuses a folder of the server that no file can be saved in: %s',
    async (folder) => {
      const cwd = makeUploadFolder()
      await startServer(['files'], { cwd })
      const { exitCode, stdout, stderr } = await runCli(['request', folder, '--no-qr'], { cwd })
      expect([exitCode, stdout]).toEqual([2, ''])
      expect(stderr).toContain(`The folder ${folder} has a name`)
    },
  )

  it('serves by itself where the server serves another folder', async () => {
    const cwd = makeUploadFolder()
    const server = await startServer(['files'], { cwd })
    const command = startCli(['request', 'inbox'], { cwd })
    const url = /https?:\S+/.exec(await command.stdoutWith(/Stop with Ctrl-C\.\n/))?.[0] ?? ''
    expect(url.startsWith(server.origin)).toBe(false)
    await sendFiles(url, {}, { 'a.txt': 'x' })
    expect(existsSync(path.join(cwd, 'inbox/a.txt'))).toBe(true)
    // It has taken nothing away from the first.
    command.child.kill('SIGTERM')
    expect((await command.ended).exitCode).toBe(0)
    expect((await runCli(['slot'], { cwd })).stdout.startsWith(server.origin)).toBe(true)
  })
})

const hasNetwork = Object.values(networkInterfaces()).some((each) =>
  each?.some(({ internal, family }) => !internal && family === 'IPv4'),
)

describeUnless(hasNetwork ? null : 'no network here', 'titofisto request --host 0.0.0.0', () => {
  it("prints the link with this machine's address in its network", async () => {
    const cwd = makeTemporaryFolder()
    const request = await startRequest(['inbox', '--host', '0.0.0.0'], { cwd })
    const { hostname } = new URL(request.url)
    const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
    expect(addresses.map(({ address }) => address)).toContain(hostname)
    expect(hostname).not.toMatch(/^127\./)
    expect(request.said).not.toContain('Only this machine')
  })
})
