// @ts-check
// Looks at the built site: each link to a page of it, and to a place on a page, must lead somewhere.
// VitePress looks at pages by itself, but at no places, and at no links that are HTML.

import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'

/**
 * Finds the links that lead nowhere.
 * @param {string} folder
 * @param {string} base What the site's paths begin with.
 * @returns {readonly string[]} One line each.
 */
export function findDeadLinks(folder, base) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const names = new Set(files.map((file) => file.split(path.sep).join('/')))
  const pages = [...names].filter((file) => file.endsWith('.html'))
  const text = new Map(pages.map((file) => [file, readFileSync(path.join(folder, file), 'utf8')]))
  const anchors = new Map([...text].map(([file, html]) => [file, anchorsOf(html)]))
  return pages.flatMap((file) =>
    linksOf(text.get(file) ?? '')
      .filter((link) => {
        const { target, anchor } = resolve(file, link, base)
        if (target === null || !names.has(target)) return true
        return anchor !== '' && anchors.get(target)?.has(anchor) === false
      })
      .map((link) => `${file}: ${link}`),
  )
}

/**
 * @param {string} file
 * @param {string} link
 * @param {string} base
 */
function resolve(file, link, base) {
  const { pathname, hash } = new URL(link, `http://site${base}${file}`)
  const anchor = decodeURIComponent(hash.slice(1))
  if (!pathname.startsWith(base)) return { target: null, anchor }
  const target = decodeURIComponent(pathname.slice(base.length))
  return { target: /(?:^|\/)$/.test(target) ? `${target}index.html` : target, anchor }
}

/** @param {string} html */
function linksOf(html) {
  return [...html.matchAll(/<(?:a|link)\b[^>]*?\shref="([^"]*)"/g)]
    .map(([, link = '']) => link.replaceAll('&amp;', '&'))
    .filter((link) => link !== '' && !/^[a-z][a-z\d+.-]*:/i.test(link))
}

/** @param {string} html */
function anchorsOf(html) {
  return new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id = '']) => id))
}
