// Finds the public functions of the package and the examples in their docstrings, and makes programs
// of these. What a line gives stands behind it, and is checked when it runs:
//
//   await storage.save('a.txt', 'One') //=> 'a.txt'
//   await storage.stat('a.txt')        //=> { name: 'a.txt', sizeBytes: 3, … }     and more fields
//   await storage.save('../a', 'One')  //=> throws name-invalid                    a code or a class
//
// `…` in a string stands for any text. On a line of its own, `//=>` speaks of the line before. What an
// example neither makes nor imports, such as `files`, is given to it by doc-examples.test.ts.

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { projectFolder } from '../../tools/project.mjs'

/** Something that users call. */
export interface PublicFunction {
  /** `redact`, `Storage.save`. */
  readonly name: string
  readonly examples: readonly string[]
}

/** All functions, classes and objects that the package exports, and what can be called of its interfaces. */
export function listPublicFunctions(): PublicFunction[] {
  const faces = [
    'src/index.ts',
    'src/testing/index.ts',
    'src/adapters/graphql.ts',
    'src/adapters/mcp.ts',
    'src/adapters/prometheus.ts',
    'src/slots/stores/postgres/postgres.ts',
    'src/slots/stores/redis/redis.ts',
    'src/slots/stores/sqlite/sqlite.ts',
  ]
  const adapters = ['express', 'fastify', 'koa', 'nest'].map((name) => `src/adapters/${name}.ts`)
  const exported = [
    ...faces.flatMap((face) => readExports(face)),
    ...adapters.flatMap((adapter) => readOwnExports(adapter)),
  ]
  const functionTypes = new Set(
    exported
      .filter((each) => /^export type \w+ = \(/.test(each.lines[0] ?? ''))
      .map(({ name }) => name),
  )
  return exported.flatMap((declaration) => {
    const [head = ''] = declaration.lines
    if (/^export (?:async )?(?:function|class|const)\b/.test(head)) return [declaration]
    // What is in an object of options is the caller's own.
    const hasMembers = /^export interface (?!\w+Options\b)/.test(head)
    return hasMembers ? listMembers(declaration, functionTypes) : []
  })
}

interface Declaration extends PublicFunction {
  /** From its first line on. */
  readonly lines: readonly string[]
}

function readExports(face: string): Declaration[] {
  const faceLines = readSource(face).split('\n')
  const own = faceLines.flatMap(
    (line) => /^export (?:async )?(?:function|const|interface) (\w+)/.exec(line)?.[1] ?? [],
  )
  const lists = readSource(face).matchAll(/^export (type )?\{([^}]*)\} from '([^']+)'/gm)
  const elsewhere = [...lists].flatMap(([, type, names = '', from = '']) => {
    const keywords = type === undefined ? 'function|class|const' : 'interface|type'
    const lines = readSource(path.join(path.dirname(face), from)).split('\n')
    return names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
      .map((name) => findDeclaration(lines, keywords, name))
  })
  return [
    ...elsewhere,
    ...own.map((name) => findDeclaration(faceLines, 'function|const|interface', name)),
  ]
}

function readOwnExports(file: string): Declaration[] {
  const keywords = 'function|class|const'
  const source = readSource(file)
  const heads = source.matchAll(new RegExp(`^export (?:async )?(?:${keywords}) (\\w+)`, 'gm'))
  const where = path.basename(file, '.ts')
  return [...heads].map(([, name = '']) => {
    const { lines, examples } = findDeclaration(source.split('\n'), keywords, name)
    return { name: `${where}.${name}`, lines, examples }
  })
}

function findDeclaration(lines: readonly string[], keywords: string, name: string): Declaration {
  const head = new RegExp(`^export (?:async )?(?:${keywords}) ${name}\\b`)
  const at = lines.findIndex((line) => head.test(line))
  if (at === -1) throw new Error(`No declaration of ${name} was found.`)
  return { name, lines: lines.slice(at), examples: examplesBefore(lines, at) }
}

/** Methods, and properties that must be there and are functions: what may be left out is the caller's own. */
function listMembers(owner: Declaration, functionTypes: ReadonlySet<string>): PublicFunction[] {
  const { lines } = owner
  const body = lines.slice(0, lines.indexOf('}'))
  return body.flatMap((line, at) => {
    const method = /^ {2}(\w+)\??[(<]/.exec(line)?.[1]
    const [, property, type = ''] = /^ {2}readonly (\w+): (.*)/.exec(line) ?? []
    const isFunction = type.startsWith('(') || functionTypes.has(type)
    const name = method ?? (isFunction ? property : undefined)
    if (name === undefined || commentBefore(body, at).includes('@internal')) return []
    return [{ name: `${owner.name}.${name}`, examples: examplesBefore(body, at) }]
  })
}

function examplesBefore(lines: readonly string[], at: number): string[] {
  const comment = commentBefore(lines, at).replaceAll(/^ *\*(?:\/| ?)/gm, '')
  return [...comment.matchAll(/@example\s([^]*?)(?=\n@|\s*$)/g)].map((match) => match[1] ?? '')
}

function commentBefore(lines: readonly string[], at: number): string {
  if (!lines[at - 1]?.endsWith('*/')) return ''
  const before = lines.slice(0, at)
  return before.slice(before.findLastIndex((line) => line.trimStart().startsWith('/**'))).join('\n')
}

function readSource(file: string): string {
  return readFileSync(path.join(projectFolder, file), 'utf8')
}

/** Makes a program of an example: it fails where a line gives something else than it says, or is never run. */
export function toProgram(example: string): string {
  let checks = 0
  const lines = example.replaceAll(/\n\s*(?=\/\/=>)/g, ' ').split('\n')
  const checked = lines.map((line) => {
    const [, code = '', said = ''] = /^(.*?) *\/\/=> (.*)$/.exec(line) ?? []
    if (said === '') return line
    const made = /^\s*const (\w+) = /.exec(code)?.[1]
    const given = `${checks++}, async () => (${made ?? code})`
    const check = said.startsWith('throws ')
      ? `await checkThrows(${given}, '${said.slice('throws '.length)}')`
      : `await check(${given}, ${said.replaceAll(', … }', ', [more]: true }')})`
    return made === undefined ? check : `${code}; ${check}`
  })
  const isImport = (line: string) => line.startsWith('import ')
  return [
    `import { check, checkThrows, finish, more } from './example-checks.js'`,
    `import * as given from './given.js'`,
    ...checked.filter((line) => isImport(line)),
    `const { ${givenNames.join(', ')} } = given`,
    ...(example.includes('file.') ? [`const file = await given.uploadFile()`] : []),
    ...(needsRedis(example) ? [`const redis = await given.openRedis()`] : []),
    ...(example.includes('client: postgres')
      ? [`const postgres = await given.openPostgres()`]
      : []),
    // What an example makes may have the name of something given.
    '{',
    ...checked.filter((line) => !isImport(line)),
    '}',
    `await finish(${checks})`,
  ].join('\n')
}

/** Whether an example is given the client of a Redis. */
export function needsRedis(example: string): boolean {
  return example.includes('client: redis')
}

/** Whether an example needs a Node with SQLite. */
export function needsSqlite(example: string): boolean {
  return example.includes('titofisto/sqlite')
}

const givenNames = [
  'avatar',
  'createGzip',
  'createServer',
  'createWriteStream',
  'files',
  'once',
  'origin',
  'pipeline',
  'secret',
  'server',
  'storage',
  'store',
  'writeFile',
]
