// docs/client.md, copied and run, its components compiled.

import { execFile } from 'node:child_process'
import { mkdtemp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { formatBytes } from '../../src/client/words.ts'
import { measureClient, mostClientBytes } from '../../tools/client-size.mjs'
import { compilerPath, projectFolder } from '../../tools/project.mjs'
import { readSnippets, runGuide } from '../support/guide.ts'

const beginning = `
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createLocalStorage, createTitofisto } from 'titofisto'
const files = createTitofisto({
  secret: 'a secret of many letters, for examples',
  storage: createLocalStorage({ root: 'media' }),
})
await files.storage.save('film.mp4', 'A film')
const kind = files.slot('file', { handler: ({ file }) => ({ url: file.name }) })
// A slot is used once: each upload gets one of its own behind the same URL.
const slots = new Map<unknown, Promise<string>>()
const server = createServer(async (req, res) => {
  const key = req.headers['idempotency-key']
  if (!slots.has(key)) slots.set(key, kind.url())
  if (req.url === '/slot') req.url = await slots.get(key)
  await files.handler(req, res)
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const origin = 'http://127.0.0.1:' + (server.address() as AddressInfo).port
const slotUrl = origin + '/slot'
const file = new File(['A picture'], 'me.png')
const input = { files: [file] as [File] }
const show = (state: string, share: number) => void console.log(state, share)
const alert = (text: string) => console.log(text)
const suggest = (_accept: unknown) => {}
const firstUrl = origin + (await files.url('film.mp4'))
const video = Object.assign(new EventTarget(), { src: '', currentTime: 0, paused: true, readyState: 0 })
`

describe('docs/client.md', () => {
  it('has snippets that run', async () => {
    const said = await runGuide('client', {
      packages: [],
      beginning,
      ending: `console.log(url, result, video.src === firstUrl)
stop()
server.close()
await files.close()
server.closeAllConnections()`,
    })
    expect(said).toContain("me.png { url: 'me.png' } true")
    expect(said).toContain('handling 1')
  })

  it('has components that compile', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'titofisto-client-docs-'))
    try {
      await mkdir(join(folder, 'node_modules'))
      for (const name of ['@types', 'react', 'csstype'])
        await symlink(join(projectFolder, 'node_modules', name), join(folder, 'node_modules', name))
      await symlink(projectFolder, join(folder, 'node_modules/titofisto'))
      const [component = ''] = await readSnippets('client', 'tsx')
      await writeFile(join(folder, 'app.tsx'), component)
      await writeFile(join(folder, 'plain.ts'), plain)
      await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
      await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings))
      const { stdout } = await promisify(execFile)(compilerPath, ['-p', folder]).catch(
        (error: { stdout: string }) => error,
      )
      expect(stdout).toBe('')
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('says how large it is', async () => {
    const { packedBytes } = await measureClient()
    expect(packedBytes).toBeLessThanOrEqual(mostClientBytes)
    const page = await readFile(join(projectFolder, 'docs/client.md'), 'utf8')
    expect(page).toContain(`${mostClientBytes / 1024} KiB of a page at most`)
  })
})

describe('a number of bytes', () => {
  it.each([
    [0, 'en', '0 bytes'],
    [999, 'de', '999 Byte'],
    [1536, 'en', '1.5 kB'],
    [5 * 1024 ** 2, 'de', '5 MB'],
    [3.25 * 1024 ** 3, 'de', '3,3 GB'],
    [2 * 1024 ** 4, 'en', '2,048 GB'],
  ])('%i is said in %s as %s', (bytes, language, text) => {
    // Languages part a number and its unit by blanks of several kinds.
    expect(formatBytes(bytes, language).replaceAll(/\s/g, ' ')).toBe(text)
  })
})

/** An element is used with the DOM's types, and the client with them too. */
const plain = `
import 'titofisto/element'
import { refreshing, upload } from 'titofisto/client'
const element = document.querySelector('titofisto-upload')
if (element !== null) element.target = async () => '/slot'
const link = refreshing('/a', async () => '/b')
for (const shown of document.querySelectorAll('video, img, a'))
  if (shown instanceof HTMLVideoElement || shown instanceof HTMLImageElement || shown instanceof HTMLAnchorElement)
    link.show(shown)
void upload<string>('/slot', new File(['a'], 'a.txt')).then((name) => name.length)
`

const settings = {
  compilerOptions: {
    target: 'ES2022',
    module: 'NodeNext',
    lib: ['ES2022', 'DOM', 'DOM.Iterable'],
    jsx: 'react-jsx',
    strict: true,
    exactOptionalPropertyTypes: true,
    types: ['react'],
    noEmit: true,
  },
}
