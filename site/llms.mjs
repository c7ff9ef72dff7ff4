// @ts-check
// What programs that write programs are given: llms.txt, a list of the pages with a sentence each, and
// llms-full.txt, all of them in one.

/** @typedef {import('./pages.mjs').Group} Group */

/**
 * The list of pages, as https://llmstxt.org has it; each is on the site as Markdown, too.
 * @param {readonly Group[]} groups
 * @param {{ summary: string, base: string }} options `base`: what the site's paths begin with.
 */
export function writeLlms(groups, { summary, base }) {
  const sections = groups.map(({ text, pages }) => {
    const lines = pages.map(
      ({ id, title, description }) =>
        `- [${title}](${base}${id}.md)${description === '' ? '' : `: ${description}`}`,
    )
    return `## ${text}\n\n${lines.join('\n')}\n`
  })
  return `# titofisto\n\n> ${summary}\n\nAll pages in one: ${base}llms-full.txt. The same pages are in the package, in \`node_modules/titofisto/docs/\`.\n\n${sections.join('\n')}`
}

/**
 * All pages in one, in the order of the sidebar.
 * @param {readonly Group[]} groups
 * @param {string} summary
 */
export function writeLlmsFull(groups, summary) {
  const pages = groups.flatMap((group) => group.pages)
  const texts = pages.map(({ text }) => text.trim().replaceAll(/^<!--.*-->\n+/gm, ''))
  return [`# titofisto\n\n> ${summary}`, ...texts].join('\n\n---\n\n') + '\n'
}
