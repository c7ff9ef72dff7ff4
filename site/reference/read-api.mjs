// What the package exports, by each of its paths, with what the docstrings say. TypeDoc finds it;
// declarations are then shown as they stand in the sources, which our formatter has made readable. Not
// checked by types, as all else is: TypeDoc is installed with the site alone.

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Application, Comment, ReflectionKind } from 'typedoc'
import { projectFolder } from '../../tools/project.mjs'
import { readDeclaration } from './read-declaration.mjs'

/** @typedef {import('typedoc').DeclarationReflection} DeclarationReflection */
/** @typedef {import('typedoc').SignatureReflection} SignatureReflection */

/**
 * What a docstring says.
 * @typedef {object} Words
 * @property {string} summary Markdown.
 * @property {readonly string[]} throws
 * @property {readonly string[]} examples With their fences.
 */

/**
 * An option, a property or a method.
 * @typedef {object} Member
 * @property {string} name
 * @property {string} declaration
 * @property {Words} words
 */

/**
 * An exported name.
 * @typedef {object} Export
 * @property {string} name
 * @property {string} from What it is imported from, such as `titofisto/express`.
 * @property {string} source The file that declares it, from the project's folder on.
 * @property {string} kind
 * @property {string} declaration Of an interface or a class: its first line, without the brace.
 * @property {Words} words
 * @property {readonly Member[]} members
 */

/**
 * Reads all that can be imported.
 * @returns {Promise<readonly Export[]>}
 */
export async function readApi() {
  const entries = listEntries()
  const app = await Application.bootstrap({
    entryPoints: entries.map(({ file }) => path.join(projectFolder, file)),
    tsconfig: path.join(projectFolder, 'site', 'tsconfig.json'),
    // What the compiler says is for `npm run check`, by another release of it.
    skipErrorChecking: true,
    excludeInternal: true,
    excludeExternals: true,
    sort: ['source-order'],
    logLevel: 'Error',
    validation: false,
    readme: 'none',
  })
  const project = await app.convert()
  if (project === undefined) throw new Error('TypeDoc could not read the sources.')
  return entries.flatMap(({ from, file }) => {
    const found = project.children?.find((module) => fileOf(module) === file)
    if (found?.children === undefined) throw new Error(`TypeDoc does not know ${file}.`)
    // What another path exports as well is told there.
    const own = found.children.filter((child) => !child.kindOf(ReflectionKind.Reference))
    return mergeNames(own.map((child) => readExport(child, from)))
  })
}

/**
 * A value and a type of one name are one entry.
 * @param {readonly Export[]} exports
 * @returns {readonly Export[]}
 */
function mergeNames(exports) {
  /** @type {Map<string, Export>} */
  const merged = new Map()
  for (const entry of exports) {
    const known = merged.get(entry.name) ?? entry
    const words = known.words.examples.length > 0 ? known.words : entry.words
    const kind = known.kind === entry.kind ? entry.kind : `${known.kind}, ${entry.kind}`
    merged.set(entry.name, { ...known, kind, words })
  }
  return [...merged.values()]
}

/** The package's paths, and the sources behind them. */
function listEntries() {
  const settings = JSON.parse(readFileSync(path.join(projectFolder, 'package.json'), 'utf8'))
  return Object.entries(settings.exports).flatMap(([subpath, target]) =>
    typeof target === 'object' && target?.types !== undefined
      ? {
          from: `titofisto${subpath.slice(1)}`,
          file: String(target.types)
            .replace('./dist/', 'src/')
            .replace(/\.d\.ts$/, '.ts'),
        }
      : [],
  )
}

/**
 * @param {DeclarationReflection} reflection
 * @param {string} from
 * @returns {Export}
 */
function readExport(reflection, from) {
  const place = placeOf(reflection)
  return {
    name: reflection.name,
    from,
    source: place.file,
    kind: ReflectionKind.singularString(reflection.kind).toLowerCase(),
    declaration: readDeclarations(reflection),
    words: wordsOf(reflection),
    members: hasMembers(reflection) ? listMembers(reflection) : [],
  }
}

/**
 * All of them, of a name that is a value and a type, or has overloads.
 * @param {DeclarationReflection} reflection
 */
function readDeclarations(reflection) {
  const places =
    reflection.sources ?? reflection.signatures?.flatMap(({ sources }) => sources ?? [])
  const isHeadOnly = hasMembers(reflection)
  const texts = (places ?? []).map(({ fullFileName, line }) =>
    readDeclaration({ file: path.relative(projectFolder, fullFileName), line }, { isHeadOnly }),
  )
  return [...new Set(texts)].join('\n\n')
}

/**
 * Its own, and those of what it extends; not those of the platform's errors.
 * @param {DeclarationReflection} reflection
 */
function listMembers({ children = [] }) {
  return children
    .filter(
      (child) =>
        !child.name.startsWith('[') &&
        sourceOf(child)?.fullFileName.startsWith(path.join(projectFolder, 'src')),
    )
    .map((child) => readMember(child))
}

/** @param {DeclarationReflection} reflection */
function hasMembers(reflection) {
  return reflection.kindOf([ReflectionKind.Interface, ReflectionKind.Class])
}

/**
 * @param {DeclarationReflection} reflection
 * @returns {Member}
 */
function readMember(reflection) {
  return {
    name: reflection.name,
    declaration: readDeclaration(placeOf(reflection), { isHeadOnly: false }),
    words: wordsOf(reflection),
  }
}

/**
 * Where it is declared.
 * @param {DeclarationReflection} reflection
 */
function placeOf(reflection) {
  const source = sourceOf(reflection)
  if (source === undefined) throw new Error(`TypeDoc does not say where ${reflection.name} is.`)
  return { file: path.relative(projectFolder, source.fullFileName), line: source.line }
}

/** @param {DeclarationReflection} reflection */
function sourceOf({ sources, signatures }) {
  return (sources ?? signatures?.[0]?.sources ?? [])[0]
}

/** @param {DeclarationReflection} module */
function fileOf(module) {
  const [source] = module.sources ?? []
  return source === undefined ? null : path.relative(projectFolder, source.fullFileName)
}

/**
 * @param {DeclarationReflection} reflection
 * @returns {Words}
 */
function wordsOf(reflection) {
  const comment =
    reflection.comment ??
    reflection.signatures?.find((signature) => signature.comment !== undefined)?.comment ??
    reflection.getSignature?.comment
  if (comment === undefined) return { summary: '', throws: [], examples: [] }
  const tags = (/** @type {`@${string}`} */ name) =>
    comment.blockTags.filter(({ tag }) => tag === name).map(({ content }) => textOf(content))
  return { summary: textOf(comment.summary), throws: tags('@throws'), examples: tags('@example') }
}

/** @param {readonly import('typedoc').CommentDisplayPart[]} parts */
function textOf(parts) {
  return Comment.combineDisplayParts(parts)
    .replaceAll(/\{@link ([^}|]+?)\s*\}/g, '`$1`')
    .trim()
}
