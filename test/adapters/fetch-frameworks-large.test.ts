// The snippets of docs/fetch-frameworks.md for what takes long to install and build, and on other
// runtimes than Node. `npm run matrix` runs it.

import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { projectFolder, run } from '../../tools/project.mjs'
import { runsAllClients } from '../../tools/system-packages.mjs'
import type { FileFacts } from '../../src/index.ts'
import { prepareProject, projects } from './projects.ts'
import { writeRecipe } from './recipes.ts'
import { describeSite } from './site.ts'
import type { SiteSetting } from './site.ts'
import { describeUnless } from '../support/unless.ts'

const nodeMajor = Number.parseInt(process.versions.node, 10)

const isLarge = 'it is large, `npm run matrix` runs it'

for (const [name, { minNode }] of Object.entries(projects)) {
  const tooOld = nodeMajor < minNode ? `it needs Node ${minNode}` : null
  const whyNot = runsAllClients() ? tooOld : isLarge
  describeUnless(whyNot, 'the snippets', () =>
    describeSite(`in ${name}`, () => prepareProject(name)),
  )
}

/** Other runtimes; their binaries come from npm, one package for each platform. */
const runtimes = [
  {
    name: 'Bun',
    package: '@oven/bun-linux-x64@1.4.5',
    binary: '@oven/bun-linux-x64/bin/bun',
    run: [],
    serve: [],
    versionOf: undefined,
  },
  {
    name: 'Deno',
    package: '@deno/linux-x64-glibc@2.9.6',
    binary: '@deno/linux-x64-glibc/deno',
    run: ['run', '-A'],
    serve: ['serve', '-A', '--host', '127.0.0.1', '--port', '{port}'],
    // Of a file's time it sees milliseconds.
    versionOf: ({ mtimeMs, sizeBytes }: FileFacts) => `${mtimeMs}000-${sizeBytes}`,
  },
]

const isLinux = process.platform === 'linux' && process.arch === 'x64'

const whyNoRuntime = runsAllClients() ? (isLinux ? null : 'not on Linux') : isLarge

for (const runtime of runtimes)
  describeUnless(whyNoRuntime, 'the snippets', () => {
    const cache = path.join(projectFolder, 'node_modules/.cache/runtimes')
    let folder = ''

    beforeAll(async () => {
      await mkdir(cache, { recursive: true })
      const binary = path.join(cache, 'node_modules', runtime.binary)
      if (!existsSync(binary)) {
        const args = ['install', '--prefix', cache, '--no-audit', '--no-fund', runtime.package]
        const { status, output } = await run('npm', args)
        if (status !== 0) throw new Error(`npm could not install ${runtime.package}:\n${output}`)
      }
      // Not in node_modules, where Deno takes no TypeScript.
      folder = await mkdtemp(path.join(tmpdir(), 'titofisto-runtime-'))
      await mkdir(path.join(folder, 'node_modules'))
      await symlink(projectFolder, path.join(folder, 'node_modules/titofisto'))
      const hono = path.join(projectFolder, 'node_modules/hono')
      await symlink(hono, path.join(folder, 'node_modules/hono'))
      await writeFile(path.join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
      await writeRecipe(runtime.name, folder)
      await writeRecipe('Hono', folder)
      await writeFile(path.join(folder, 'node.ts'), nodeServer)
    }, 600_000)

    afterAll(() => rm(folder, { recursive: true, force: true }))

    function site(args: readonly string[], more: Partial<SiteSetting> = {}): Promise<SiteSetting> {
      const command = path.join(cache, 'node_modules', runtime.binary)
      const { versionOf } = runtime
      const own = { folder, command, args, ...(versionOf !== undefined && { versionOf }) }
      return Promise.resolve({ ...own, ...more })
    }

    // Deno's own server reads on, and then closes.
    const closesRefused = runtime.name === 'Deno'
    describeSite(`on ${runtime.name}`, () =>
      site([...runtime.serve, 'server.ts'], { closesRefused }),
    )
    describeSite(`for Hono on ${runtime.name}`, () =>
      site([...runtime.serve, 'app.ts'], { ownUpload: '/avatar', closesRefused }),
    )
    // Bun's node:http takes an answer that has its length for ended.
    const losesLast = runtime.name === 'Bun'
    describeSite(`for node:http on ${runtime.name}`, () =>
      site([...runtime.run, 'node.ts'], { losesLast }),
    )
  })

const nodeServer = `
import { createServer } from 'node:http'
import { files } from './files.ts'

createServer((req, res) => {
  void files.handler(req, res, () => res.end('My own page'))
}).listen(Number(process.env.PORT), '127.0.0.1')
`
