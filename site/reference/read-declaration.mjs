// @ts-check
// A declaration as it stands in its source, without the words before it and without a body.

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { projectFolder } from '../../tools/project.mjs'

/** @type {Map<string, readonly string[]>} */
const linesByFile = new Map()

/**
 * Reads a declaration: what is indented below its first line belongs to it, and what closes it.
 * @param {{ file: string, line: number }} place From the project's folder on; lines from 1.
 * @param {{ isHeadOnly: boolean }} options
 */
export function readDeclaration({ file, line }, { isHeadOnly }) {
  const lines = linesOf(file)
  const first = lines[line - 1] ?? ''
  const indent = indentOf(first)
  const taken = [first]
  for (const [index, next] of lines.slice(line).entries()) {
    if (isHeadOnly || isBodyAhead(taken.at(-1) ?? '')) break
    const belongs =
      next.trim() === ''
        ? indentOf(lines.slice(line + index).find((later) => later.trim() !== '') ?? '') > indent
        : indentOf(next) > indent || /^\s*[)\]}>|&]/.test(next)
    if (!belongs) break
    taken.push(next)
  }
  return (
    taken
      .map((text) => text.slice(indent))
      .join('\n')
      .trim()
      .replace(/^(?:export |declare |abstract |async |override |readonly )+/, '')
      .replace(/\s*\{$/, '')
      // What a constant is made of is ours.
      .replace(/^(const \w+(?:: [^=]+)?) = [^]*$/, '$1')
  )
}

/**
 * Finds a type that is not exported by the package, for those who meet its name; `null` where no
 * source exports it to others.
 * @param {string} name
 * @param {readonly string[]} files
 */
export function findDeclaration(name, files) {
  const pattern = new RegExp(`^export (?:interface|type) ${name}\\b(?! \\{.*from)`)
  for (const file of files) {
    const index = linesOf(file).findIndex((line) => pattern.test(line))
    if (index === -1) continue
    const text = readDeclaration({ file, line: index + 1 }, { isHeadOnly: false })
    return text.startsWith('interface') ? withBody(file, index) : text
  }
  return null
}

/**
 * An interface with all of its lines.
 * @param {string} file
 * @param {number} index
 */
function withBody(file, index) {
  const lines = linesOf(file).slice(index)
  const end = lines.findIndex((line) => line === '}')
  return lines
    .slice(0, end + 1)
    .join('\n')
    .replace(/^export /, '')
}

/**
 * Whether what comes is what a function does, or what a class or an interface has.
 * @param {string} line
 */
function isBodyAhead(line) {
  return (
    /(?:\)|\): .*|^(?:export )?(?:interface|class) .*|[\w>\]'"]) \{$/.test(line) &&
    !/[=:|&(<,] \{$/.test(line)
  )
}

/** @param {string} line */
function indentOf(line) {
  return line.length - line.trimStart().length
}

/** @param {string} file */
function linesOf(file) {
  const known = linesByFile.get(file)
  if (known !== undefined) return known
  const lines = readFileSync(path.join(projectFolder, file), 'utf8').split('\n')
  linesByFile.set(file, lines)
  return lines
}
