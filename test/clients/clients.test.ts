// Real programs, each in its own language with its own library, upload to a slot over real sockets:
// what the handler gets, and what the client is told. Their code is in programs/, and docs/clients.md
// shows it.

import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findProgram, hasPhpCurl, hasPython, runsAllClients } from '../../tools/system-packages.mjs'
import type { SlotDefinition, SlotOverrides } from '../../src/index.ts'
import { trueFiles } from '../support/true-files.ts'
import { startUploadServer } from '../support/upload-server.ts'
import type { UploadServer } from '../support/upload-server.ts'
import { startClientProgram } from './client-program.ts'
import type { ClientAnswer, ClientProgram, Order, Way } from './client-program.ts'

interface Client {
  readonly name: string
  /** Its file in programs/. */
  readonly file: string
  readonly command: readonly string[]
  /** What it can do at all. */
  readonly ways: readonly Way[]
  /** Why it does not run here; `null` where it does. */
  readonly absence: string | null
  /** The type that it gives a form's file, whatever it is told. */
  readonly formType?: string
  /** What it makes of a form's file name; default: what it is given. */
  readonly formName?: (name: string) => string
  /** The `Content-Type` that it gives bare bytes unasked. */
  readonly untypedAs?: string
  /** Whether it refuses to send a name with a quote. */
  readonly refusesQuotes?: boolean
}

const urlencoded = 'application/x-www-form-urlencoded'
const all: readonly Way[] = ['form', 'put', 'untyped']

function ofNpm(name: string, ways = all): Client {
  return { name, file: `${name}.mjs`, command: [process.execPath], ways, absence: null }
}

function ofPython(name: string, module: string, ways = all): Client {
  return {
    name,
    file: `${name}.py`,
    command: ['/usr/bin/python3', '-B', '-W', 'ignore'],
    ways,
    absence: hasPython(module) ? null : `Python's ${module} is not installed.`,
  }
}

function ofSystem(name: string, file: string, program: string, more: Partial<Client> = {}): Client {
  const absence = findProgram(program) === null ? `${program} is not installed.` : null
  return { name, file, command: [program], ways: all, absence, ...more }
}

const clients: readonly Client[] = [
  ofSystem('curl', 'curl.sh', 'curl', { command: ['bash'], untypedAs: urlencoded }),
  // It makes no forms.
  ofSystem('wget', 'wget.sh', 'wget', {
    command: ['bash'],
    ways: ['put', 'untyped'],
    untypedAs: urlencoded,
  }),
  ofPython('python-requests', 'requests'),
  ofPython('python-httpx', 'httpx'),
  { ...ofPython('python-aiohttp', 'aiohttp'), untypedAs: 'application/octet-stream' },
  ofPython('tuspy', 'tusclient', ['tus']),
  ofSystem("Ruby's Net::HTTP", 'net-http.rb', 'ruby', { untypedAs: urlencoded }),
  ofSystem("PHP's curl", 'curl.php', 'php', {
    untypedAs: urlencoded,
    ...(hasPhpCurl() ? {} : { absence: "PHP's curl is not installed." }),
  }),
  ofSystem("PHP's streams", 'streams.php', 'php', { untypedAs: urlencoded }),
  ofSystem("Go's net/http", 'multipart.go', 'go', {
    command: ['go', 'run'],
    formType: 'application/octet-stream',
    // `http.Post` sends the empty type that it is given.
    untypedAs: '',
    ...(runsAllClients() ? {} : { absence: 'Go is large: `npm run matrix` runs it.' }),
  }),
  {
    ...ofNpm('powershell'),
    name: "PowerShell's bytes",
    formType: 'application/octet-stream',
    refusesQuotes: true,
    untypedAs: urlencoded,
  },
  ofNpm('fetch'),
  ofNpm('undici'),
  { ...ofNpm('axios'), untypedAs: urlencoded },
  // It sends no name as it is, and without `filename*` nobody can tell that it was encoded.
  {
    ...ofNpm('needle'),
    untypedAs: urlencoded,
    formName: (given) => encodeURIComponent(given).replaceAll('%22', '"'),
  },
  ofNpm('got'),
  ofNpm('superagent'),
  ofNpm('form-data', ['form']),
]

const name = 'Größe 日本 🎉 (1) 50%.csv'
const csv = randomBytes(300_000)
const png = trueFiles.find(({ type }) => type === 'image/png')?.bytes ?? Buffer.alloc(0)
const largeBytes = 12 * 1024 * 1024

/** What a handler got. */
interface Seen {
  readonly name: string
  readonly originalName: string | null
  readonly fieldName: string | null
  readonly type: string
  readonly sniffedType: string | null
  readonly sha256: string
  readonly fields: readonly (readonly [string, string])[]
}

let server: UploadServer
let folder: string
let smallFile: string
let pngFile: string
let largeFile: string
let nowMs: number
let kindCount = 0
let seen: Seen[]
/** As it came with the last upload. */
let contentType: string | undefined

beforeAll(async () => {
  nowMs = Date.now()
  server = await startUploadServer({ options: { now: () => nowMs } })
  folder = await mkdtemp(join(tmpdir(), 'titofisto-clients-'))
  smallFile = join(folder, 'small.csv')
  pngFile = join(folder, 'a.png')
  largeFile = join(folder, 'large.csv')
  await writeFile(smallFile, csv)
  await writeFile(pngFile, png)
  const large = await open(largeFile, 'w')
  await large.truncate(largeBytes)
  await large.close()
})

afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

describe.each(clients)('$name', (client) => {
  const { file, command, ways, absence } = client
  const { formType = 'text/csv', formName = String } = client
  let program: ClientProgram

  beforeAll(() => {
    seen = []
    if (absence === null) program = startClientProgram(command, file)
  })

  afterAll(async () => {
    await program?.close()
  })

  beforeEach(({ skip }) => {
    if (absence !== null) skip(absence)
  })

  // The spool is empty once the answer's rest is done.
  afterEach(() => expect.poll(() => server.spooled()).toEqual([]))

  const doors = ways.filter((way) => way !== 'untyped')

  it.each(doors)('uploads a file under a name beyond ASCII: %s', async (way) => {
    const { url } = await mint()
    const answer = await upload(way, url)
    expect(answer.status).toBe(way === 'tus' ? 204 : 200)
    const isForm = way === 'form'
    expect(seen.at(-1)).toMatchObject({
      name: isForm ? formName(name) : name,
      originalName: isForm ? formName(name) : name,
      fieldName: isForm ? 'file' : null,
      type: isForm ? formType : 'text/csv',
      sha256: sha256(csv),
      fields: isForm ? [['note', 'größer']] : [],
    })
    if (way !== 'tus') expect(JSON.parse(answer.text)).toEqual(seen.at(-1))
  })

  const sendsQuotes = ways.includes('form') && client.refusesQuotes !== true
  it('uploads a form whose file has quotes in its name', async ({ skip }) => {
    if (!sendsQuotes) skip('it makes no forms, or none with such a name')
    const { url } = await mint()
    const { status } = await upload('form', url, { name: 'say "hi".csv' })
    expect(status).toBe(200)
    expect(seen.at(-1)).toMatchObject({
      originalName: formName('say "hi".csv'),
      sha256: sha256(csv),
    })
  })

  it('uploads bare bytes without a word on their type', async ({ skip }) => {
    if (!ways.includes('untyped')) skip('it sends no bare bytes, or always names their type')
    const { url } = await mint({ accept: ['image/png'] })
    const { status } = await upload('untyped', url, { path: pngFile })
    expect(status).toBe(200)
    expect(contentType).toBe(client.untypedAs)
    expect(seen.at(-1)).toMatchObject({
      type: 'application/octet-stream',
      sniffedType: 'image/png',
      sha256: sha256(png),
    })
  })

  it.each(doors)('is told of a slot that is none, and of one that expired: %s', async (way) => {
    const { url } = await mint({}, { expiresIn: 60 })
    const wrong = url.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
    expect(await upload(way, wrong)).toEqual(notFound)
    nowMs += 61_000
    expect(await upload(way, url, { path: largeFile })).toEqual(notFound)
  })

  it.each(doors)('is told what is too large, while it still writes: %s', async (way) => {
    const { url } = await mint({ maxBytes: 1000 })
    const { status, text } = await upload(way, url, { path: largeFile })
    expect([status, text]).toEqual([413, expect.stringContaining('1000 bytes')])
  })

  it.each(doors)('has one upload of a slot: %s', async (way) => {
    const { url } = await mint()
    expect((await upload(way, url)).status).toBe(way === 'tus' ? 204 : 200)
    const count = seen.length
    expect(await upload(way, url)).toEqual(notFound)
    expect(seen).toHaveLength(count)
  })

  function upload(way: Way, url: string, more: Partial<Order> = {}): Promise<ClientAnswer> {
    return program.upload(way, { url, path: smallFile, name, type: 'text/csv', ...more })
  }
})

/** In text, or as axios asks for it, in JSON. */
const notFound: ClientAnswer = { status: 404, text: expect.stringContaining('Not found') }

async function mint(
  definition: Partial<SlotDefinition> = {},
  overrides: SlotOverrides = {},
): Promise<{ readonly url: string }> {
  kindCount += 1
  const kind = server.files.slot(`kind-${kindCount}`, {
    ...definition,
    async handler({ file, fields, request }) {
      contentType = (request as IncomingMessage).headers['content-type']
      const got: Seen = {
        name: file.name,
        originalName: file.originalName,
        fieldName: file.fieldName,
        type: file.type,
        sniffedType: file.sniffedType,
        sha256: await file.sha256(),
        fields: [...fields],
      }
      seen.push(got)
      return got
    },
  })
  return kind.create(undefined, overrides)
}

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}
