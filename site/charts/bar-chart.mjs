// @ts-check
// A column of the bench as bars: one SVG that is as wide as its place, with lengths in per cent and
// letters in pixels, so that it can be read on a phone as well. Its colours are the theme's.

import { escapeText } from '../markdown.mjs'

/** @typedef {import('./result-table.mjs').Column} Column */

const rowHeight = 40

/** Units of which less is better. */
const costs = /\b(?:ms|s|µs|MiB|KiB|CPU)\b(?!\/s)/

/**
 * Draws a column, the best first.
 * @param {Column} column
 * @param {{ id: string, title: string }} options
 */
export function drawBars({ rows, unit }, { id, title }) {
  const isCost = !unit.includes('/s') && costs.test(unit)
  const sorted = rows.toSorted((one, other) =>
    isCost ? one.value - other.value : other.value - one.value,
  )
  const most = Math.max(...rows.map(({ value }) => value))
  const bars = sorted.map((row, index) =>
    drawBar(row, { y: index * rowHeight, share: row.value / most }),
  )
  const words = sorted.map(({ name, text }) => `${name} ${text}`).join('; ')
  const better = isCost ? 'Less is better' : 'More is better'
  return [
    `<figure class="chart">`,
    `<figcaption><strong>${escapeText(title)}</strong> in ${escapeText(unit)}. ${better}.</figcaption>`,
    `<svg role="img" width="100%" height="${rows.length * rowHeight}" aria-labelledby="${id}-title ${id}-words">`,
    `<title id="${id}-title">${escapeText(`${title}, ${unit}. ${better}.`)}</title>`,
    `<desc id="${id}-words">${escapeText(words)}</desc>`,
    ...bars,
    `</svg>`,
    `</figure>`,
  ].join('')
}

/**
 * @param {Column['rows'][number]} row
 * @param {{ y: number, share: number }} place
 */
function drawBar({ name, text }, { y, share }) {
  const whose = name.startsWith('ours') ? 'ours' : 'theirs'
  return [
    `<g class="${whose}">`,
    `<text x="0" y="${y + 16}">${escapeText(name)}</text>`,
    `<text x="100%" y="${y + 16}" text-anchor="end">${escapeText(text)}</text>`,
    `<rect x="0" y="${y + 22}" width="${Math.max(0.3, share * 100).toFixed(1)}%" height="10" rx="2" />`,
    `</g>`,
  ].join('')
}
