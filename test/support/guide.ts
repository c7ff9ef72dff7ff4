// The snippets of a guide, compiled and run as one program in a project of its own, as somebody would
// who copies them from top to bottom; what a test adds comes after them.

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { build, isBuildNeeded } from '../../tools/build.mjs'
import { compilerPath, projectFolder } from '../../tools/project.mjs'
import { freePorts, onFreePorts } from './guide-ports.ts'
import { installPacked } from './tarball.ts'

/** What is run beside a guide's snippets. */
export interface GuideProgram {
  /** The packages that it imports, besides titofisto. */
  readonly packages: readonly string[]
  /** Which of the page's snippets, of TypeScript and JavaScript; default: all of TypeScript. */
  readonly snippets?: readonly number[]
  /** What the page takes for granted; its imports may stand anywhere. */
  readonly beginning?: string
  /** What is added at the end. Default: nothing. */
  readonly ending?: string
  /** A second program, which is run in the place of the guide's and finds that as `program.js`. */
  readonly visitor?: string
  /** What the page tells its readers to write otherwise: text and what stands in its place. */
  readonly changes?: Readonly<Record<string, string>>
  /** Whether titofisto and the packages come as readers get them, by npm: packed, and from its registry. */
  readonly isInstalled?: boolean
  /** Whether all of it is JavaScript, as its readers have it: run as it stands. */
  readonly isPlain?: boolean
}

/**
 * Runs the TypeScript snippets of a page, such as `mcp`, and gives what the program printed.
 *
 * @throws Error with the words of the compiler or the program, where one complains.
 */
export async function runGuide(page: string, program: GuideProgram): Promise<string> {
  if (isBuildNeeded()) {
    const { status, output } = await build()
    if (status !== 0) throw new Error(`The build failed:\n${output}`)
  }
  const folder = await mkdtemp(join(tmpdir(), `titofisto-guide-${page}-`))
  try {
    await mkdir(join(folder, 'media'))
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
    const packages = ['@types/node', ...program.packages]
    await (program.isInstalled === true
      ? installPacked(folder, packages)
      : linkPackages(folder, packages))
    const suffix = program.isPlain === true ? 'js' : 'ts'
    const { visitor } = program
    const texts = {
      program: await assemble(page, program),
      ...(visitor !== undefined && { visitor }),
    }
    const ports = await freePorts()
    for (const [name, text] of Object.entries(texts))
      await writeFile(join(folder, `${name}.${suffix}`), onFreePorts(text, ports))
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings))
    if (program.isPlain !== true) await run(compilerPath, ['-p', folder], folder)
    return await run(
      process.execPath,
      [visitor === undefined ? 'program.js' : 'visitor.js'],
      folder,
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function assemble(page: string, program: GuideProgram): Promise<string> {
  const chosen =
    program.snippets === undefined
      ? await readSnippets(page, 'ts')
      : await pickSnippets(page, program.snippets)
  if (chosen.length === 0 || chosen.includes(''))
    throw new Error(`docs/${page}.md lacks a snippet.`)
  const { beginning = '', ending = '', changes = {} } = program
  let text = [beginning, ...chosen, ending].join('\n')
  for (const [from, to] of Object.entries(changes)) {
    if (!text.includes(from)) throw new Error(`docs/${page}.md has no ${from} to change.`)
    text = text.replaceAll(from, to)
  }
  const lines = text.split('\n')
  // A snippet may begin within a function.
  const isImport = (line: string) => /^import .* from '/.test(line)
  const imports = new Set(lines.filter((line) => isImport(line)))
  return [...imports, ...lines.filter((line) => !isImport(line)), 'export {}'].join('\n')
}

async function linkPackages(folder: string, packages: readonly string[]): Promise<void> {
  for (const name of ['undici-types', ...packages]) {
    const link = join(folder, 'node_modules', name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(join(projectFolder, 'node_modules', name), link)
  }
  await symlink(projectFolder, join(folder, 'node_modules/titofisto'))
}

async function pickSnippets(page: string, indices: readonly number[]): Promise<string[]> {
  const all = await readSnippets(page)
  return indices.map((index) => all[index] ?? '')
}

/** The snippets in TypeScript and JavaScript of a guide, or of the README. */
export async function readSnippets(page: string, language = 'ts|js'): Promise<string[]> {
  const file = page === 'README' ? 'README.md' : `docs/${page}.md`
  const text = await readFile(join(projectFolder, file), 'utf8')
  const blocks = text.matchAll(new RegExp(`^\`\`\`(?:${language})\\n([^]*?)^\`\`\``, 'gm'))
  return [...blocks].map((match) => match[1] ?? '')
}

async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  const env = {
    PATH: process.env['PATH'],
    TITOFISTO_SECRET: 'A secret, of 32 bytes or more, as asked',
  }
  try {
    return (await promisify(execFile)(command, args, { cwd, env })).stdout
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    throw new Error(`${stdout}${stderr}`, { cause: error })
  }
}

const settings = {
  compilerOptions: {
    target: 'ES2022',
    module: 'NodeNext',
    strict: true,
    // Other packages' declarations are not ours to check.
    skipLibCheck: true,
    types: ['node'],
  },
  include: ['*.ts'],
}
