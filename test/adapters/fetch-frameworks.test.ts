// The snippets of docs/fetch-frameworks.md, compiled and run as they stand there, each in the real
// framework: on Node here, and in `npm run matrix` what takes minutes to install or build.

import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { build, isBuildNeeded } from '../../tools/build.mjs'
import { projectFolder, toolPath } from '../../tools/project.mjs'
import { readRecipes, writeRecipe } from './recipes.ts'
import { describeSite } from './site.ts'

/** Those that are installed for every run. */
const onNode = ['Hono', 'h3', 'Elysia']

let folder = ''

beforeAll(async () => {
  if (isBuildNeeded()) {
    const { status, output } = await build()
    if (status !== 0) throw new Error(`The build failed:\n${output}`)
  }
  // Inside the project, so that the frameworks are found.
  const cache = path.join(projectFolder, 'node_modules/.cache')
  await mkdir(cache, { recursive: true })
  folder = await mkdtemp(path.join(cache, 'titofisto-recipes-'))
  await mkdir(path.join(folder, 'node_modules'))
  await symlink(projectFolder, path.join(folder, 'node_modules/titofisto'))
  for (const framework of onNode) await writeRecipe(framework, path.join(folder, framework))
  await writeFile(path.join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify(compilerSettings))
  await cp(new URL('serve-app.mjs', import.meta.url), path.join(folder, 'serve-app.mjs'))
}, 300_000)

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('docs/fetch-frameworks.md', () => {
  it('has a snippet for each of them, with a file name in its first line', () => {
    const recipes = readRecipes()
    expect([...(recipes.get('')?.keys() ?? [])]).toEqual(['files.ts'])
    for (const framework of onNode) expect(recipes.get(framework)?.has('app.ts')).toBe(true)
  })

  it('has snippets that compile, types and all', async () => {
    const compiled = promisify(execFile)(toolPath('tsc'), ['-p', folder])
    expect(await compiled.then(({ stdout }) => stdout, String)).toBe('')
  }, 300_000)
})

describe.each(onNode)('the snippet of %s', (framework) => {
  describeSite('on Node', async () => ({
    folder: path.join(folder, framework),
    command: process.execPath,
    args: ['../serve-app.mjs', `${framework}/app.js`],
    ...(framework === 'Hono' && { ownUpload: '/avatar' }),
  }))
})

const compilerSettings = {
  compilerOptions: {
    target: 'ES2022',
    lib: ['ES2023', 'DOM', 'DOM.Iterable'],
    module: 'NodeNext',
    strict: true,
    skipLibCheck: true,
    rewriteRelativeImportExtensions: true,
    types: ['node'],
  },
}
