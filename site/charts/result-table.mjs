// @ts-check
// Reads the tables that the bench writes.

/**
 * A column of a table.
 * @typedef {object} Column
 * @property {string} title What the rows are, such as `server`.
 * @property {string} unit
 * @property {readonly { name: string, text: string, value: number }[]} rows Those that have a figure.
 */

/**
 * Finds a column of one of the bench's tables.
 * @param {string} markdown
 * @param {string} heading Of the table.
 * @param {string} unit The column's head.
 * @returns {Column}
 * @throws Error naming what is not there.
 */
export function readColumn(markdown, heading, unit) {
  const section = markdown.split(/^## /m).find((part) => part.startsWith(`${heading}\n`))
  if (section === undefined) throw new Error(`There is no table "${heading}".`)
  const lines = section.split('\n').filter((line) => line.startsWith('|'))
  const [heads = [], , ...rows] = lines.map((line) => readCells(line))
  const index = heads.indexOf(unit)
  if (index < 1) throw new Error(`The table "${heading}" has no column "${unit}".`)
  return {
    title: heads[0] ?? '',
    unit,
    rows: rows
      .map((cells) => [cells[0] ?? '', cells[index] ?? ''])
      .map(([name = '', text = '']) => ({ name, text, value: Number(text.replaceAll(',', '')) }))
      .filter(({ text, value }) => text !== '' && Number.isFinite(value)),
  }
}

/** @param {string} line */
function readCells(line) {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
}
