// @ts-check
// Puts charts in the place of a page's marks, which are comments for whoever reads it elsewhere:
//   <!-- chart: FILE | TABLE | COLUMN -->
// FILE is one of bench/results/, without its suffix.

import { slugify } from '../markdown.mjs'
import { drawBars } from './bar-chart.mjs'
import { readColumn } from './result-table.mjs'

/** @typedef {import('../pages.mjs').Page} Page */

const mark = /^<!-- chart: ([\w-]+) \| ([^|\n]+) \| ([^|\n]+) -->$/gm

/**
 * Draws all charts of a page.
 * @param {string} markdown
 * @param {readonly Page[]} results
 * @throws Error naming the results, table or column that is not there.
 */
export function drawCharts(markdown, results) {
  return markdown.replaceAll(
    mark,
    (_, /** @type {string} */ file, /** @type {string} */ table, /** @type {string} */ unit) => {
      const found = results.find(({ id }) => id === `bench/${file}`)
      if (found === undefined) throw new Error(`There is no bench/results/${file}.md.`)
      const chart = drawBars(readColumn(found.text, table, unit), {
        id: slugify(`chart ${file} ${table} ${unit}`),
        title: `${found.title}: ${table}`,
      })
      return `${chart}\n\n[All figures: ${found.title}](${found.id}.md)`
    },
  )
}
