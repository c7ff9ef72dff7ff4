// @ts-check
// What a group found, as Markdown: first the targets, then the tables.

import { mkdirSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { fileURLToPath } from 'node:url'

/**
 * @typedef {object} Table
 * @property {string} caption
 * @property {readonly string[]} columns
 * @property {readonly (readonly string[])[]} rows
 */

/**
 * @typedef {object} Target
 * @property {string} text What must be reached.
 * @property {number} measured `NaN` where a server that it needs was left out.
 * @property {'least' | 'most'} bound Which side of the limit is good.
 * @property {number} limit
 * @property {string} [unit]
 */

/**
 * @typedef {object} Report
 * @property {string} title
 * @property {readonly Target[]} targets
 * @property {readonly Table[]} tables
 * @property {readonly string[]} notes
 */

/**
 * A target where more is better.
 * @param {string} text
 * @param {number} measured
 * @param {number} limit
 * @param {string} [unit]
 * @returns {Target}
 */
export function atLeast(text, measured, limit, unit = '') {
  return { text, measured, bound: 'least', limit, unit }
}

/**
 * A target where less is better.
 * @param {string} text
 * @param {number} measured
 * @param {number} limit
 * @param {string} [unit]
 * @returns {Target}
 */
export function atMost(text, measured, limit, unit = '') {
  return { text, measured, bound: 'most', limit, unit }
}

/**
 * Writes bench/results/<group>.md.
 * @param {string} group
 * @param {Report} report
 * @param {{ rounds: number, seconds: number }} effort
 * @returns {string} The Markdown.
 */
export function writeReport(group, report, effort) {
  const folder = fileURLToPath(new URL('../results/', import.meta.url))
  mkdirSync(folder, { recursive: true })
  const text = formatReport(report, effort)
  writeFileSync(`${folder}${group}.md`, text)
  return text
}

/**
 * @param {Report} report
 * @param {{ rounds: number, seconds: number }} effort
 */
function formatReport({ title, targets, tables, notes }, { rounds, seconds }) {
  const day = new Date().toISOString().slice(0, 10)
  const kernel = /^\d+\.\d+/.exec(release())?.[0] ?? release()
  const parts = [
    `# ${title}`,
    `${day}, Node ${process.version}, Linux ${kernel}, 2 virtual CPUs (server on one, load on the other); medians of ${rounds} interleaved rounds of ${seconds} s. Ratios carry over to other machines, absolute figures don't; differences under 15 % are noise.`,
  ]
  if (targets.length > 0)
    parts.push(
      formatTable({
        caption: 'Targets',
        columns: ['target', 'limit', 'measured', ''],
        rows: targets.map((target) => [
          target.text,
          `${target.bound === 'least' ? '≥' : '≤'} ${number(target.limit)}${target.unit ? ` ${target.unit}` : ''}`,
          Number.isNaN(target.measured) ? 'not measured' : number(target.measured),
          formatVerdict(target),
        ]),
      }),
    )
  parts.push(...tables.map(formatTable))
  if (notes.length > 0) parts.push(notes.map((note) => `- ${note}`).join('\n'))
  return `${parts.join('\n\n')}\n`
}

/** @param {Target} target */
function formatVerdict({ measured, bound, limit }) {
  if (Number.isNaN(measured)) return '?'
  const isMet = bound === 'least' ? measured >= limit : measured <= limit
  return isMet ? 'met' : '**missed**'
}

/** @param {Table} table */
function formatTable({ caption, columns, rows }) {
  const lines = [columns, columns.map((_, index) => (index === 0 ? '---' : '---:')), ...rows]
  return [`## ${caption}`, lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')].join('\n\n')
}

/**
 * Three digits that count.
 * @param {number} value
 */
export function number(value) {
  if (!Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  if (size >= 100) return Math.round(value).toLocaleString('en-US')
  if (size >= 10) return value.toFixed(1)
  return value.toFixed(2)
}
