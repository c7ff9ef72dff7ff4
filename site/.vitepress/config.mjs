// What VitePress is told. Nothing is loaded from elsewhere: fonts are the system's, the search is local.

import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitepress'
import { slugify } from '../markdown.mjs'

// site/assemble.mjs has written it.
const settings = JSON.parse(readFileSync(new URL('../work/settings.json', import.meta.url), 'utf8'))

const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="%230b6b5d"/><path d="M11 6h5v6h6v4h-6v6c0 2 1 3 3 3h3v4h-4c-5 0-7-3-7-7v-6H8v-4h3z" fill="%23fff"/></svg>'

export default defineConfig({
  title: settings.title,
  description: settings.summary,
  lang: 'en',
  srcDir: 'work/pages',
  // The pages as they were written, which are handed out as they are.
  srcExclude: ['public/**'],
  outDir: 'dist',
  cacheDir: 'node_modules/.cache/vitepress',
  lastUpdated: false,
  head: [['link', { rel: 'icon', href: `data:image/svg+xml,${icon}` }]],
  // The light theme's usual colours are too pale on its grey.
  markdown: {
    anchor: { slugify },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark' },
  },
  themeConfig: {
    nav: [
      { text: 'Start', link: '/start' },
      { text: 'Links', link: '/links' },
      { text: 'Uploads', link: '/slots' },
      { text: 'Reference', link: '/reference/options', activeMatch: '^/reference/' },
    ],
    sidebar: settings.sidebar,
    outline: { level: [2, 3], label: 'On this page' },
    search: {
      provider: 'local',
      options: {
        detailedView: true,
        miniSearch: { searchOptions: { boost: { title: 4, titles: 1, text: 1 } } },
      },
    },
    externalLinkIcon: true,
  },
})
