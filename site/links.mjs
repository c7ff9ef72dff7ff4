// @ts-check
// Links of pages that lie in the repository, as they are on the site.

import path from 'node:path'
import { splitMarkdown } from './markdown.mjs'

/** @typedef {import('./pages.mjs').Page} Page */

/**
 * Rewrites a page's links: to other pages by their place on the site; what leads to a file that the
 * site does not have is text.
 * @param {Page} page
 * @param {ReadonlyMap<string, Page>} pageBySource
 */
export function rewriteLinks(page, pageBySource) {
  return splitMarkdown(page.text)
    .map(({ text, label, target }) =>
      label === undefined || target === undefined
        ? text
        : rewriteLink(page, pageBySource, { label, target }),
    )
    .join('')
}

/**
 * @param {Page} page
 * @param {ReadonlyMap<string, Page>} pageBySource
 * @param {{ label: string, target: string }} link
 */
function rewriteLink({ id, source }, pageBySource, { label, target }) {
  if (/^(?:[a-z][a-z\d+.-]*:|#)/i.test(target)) return `[${label}](${target})`
  const [file = '', anchor] = target.split('#')
  const found = pageBySource.get(path.posix.join(path.posix.dirname(source), file))
  if (found === undefined) return label
  const place = path.posix.relative(path.posix.dirname(id), found.id)
  return `[${label}](${place}.md${anchor === undefined ? '' : `#${anchor}`})`
}
