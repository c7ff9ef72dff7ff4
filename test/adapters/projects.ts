// Frameworks that are installed and built for a test: a project each, as its users have it, made of
// the snippets in docs/fetch-frameworks.md and of what any project of its kind has besides.

import { mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { installThere, packTitofisto, runThere } from '../support/tarball.ts'
import { writeFiles, writeRecipe } from './recipes.ts'
import type { SiteSetting } from './site.ts'

/** A framework's project. */
export interface Project {
  /** The heading of its snippets. */
  readonly heading: string
  /** What is installed, by exact versions. */
  readonly packages: Readonly<Record<string, string>>
  /** Where its snippets look for what they share. Default `files.ts`. */
  readonly sharedPath?: string
  /** What else a project of its kind has. */
  readonly scaffold: Readonly<Record<string, string>>
  /** The arguments to Node that build it; none where it needs no build. */
  readonly build?: readonly string[]
  /** The arguments to Node that start it; `{port}` is where it is to listen. */
  readonly start: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** What links begin with, where the snippets say otherwise. */
  readonly mediaUrl?: string
  /** As {@link SiteSetting.ownForm}. */
  readonly ownForm?: string
  /** As {@link SiteSetting.ownUpload}. */
  readonly ownUpload?: string
  /** The oldest major version of Node that it runs on. */
  readonly minNode: number
}

const react = { react: '19.3.1', 'react-dom': '19.3.1' }
const compiler = { typescript: '5.9.3', '@types/node': '20.19.43', '@types/react': '19.3.0' }

const nextProject: Omit<Project, 'packages'> = {
  heading: 'Next',
  scaffold: {
    'app/layout.tsx':
      'export default ({ children }: { children: React.ReactNode }) => <html><body>{children}</body></html>\n',
    'app/page.tsx': 'export default () => <p>My own page</p>\n',
  },
  build: ['node_modules/next/dist/bin/next', 'build'],
  start: ['node_modules/next/dist/bin/next', 'start', '-H', '127.0.0.1', '-p', '{port}'],
  env: { NEXT_TELEMETRY_DISABLED: '1' },
  ownUpload: '/avatar',
  minNode: 20,
}

const ofNext16 = { next: '16.4.6', ...react, ...compiler }
const ofNext15 = { next: '15.5.29', ...react, ...compiler }

/** A copy of Next's project in which its configuration says something more. */
function configured(more: string): Readonly<Record<string, string>> {
  const config = `export default { serverExternalPackages: ['titofisto'], ${more} }\n`
  return { ...nextProject.scaffold, 'next.config.ts': config }
}

/** What is only on newer releases of Node: `npm run matrix` has them. */
const ofNewerNode: Readonly<Record<string, Project>> = {
  Astro: {
    heading: 'Astro',
    packages: { astro: '7.3.5', '@astrojs/node': '11.1.6' },
    sharedPath: 'src/files.ts',
    scaffold: {
      'src/pages/index.astro': '<p>My own page</p>\n',
      'src/pages/own.ts':
        "export const prerender = false\nexport const POST = () => new Response('My own form')\n",
    },
    ownForm: '/own',
    build: ['node_modules/astro/bin/astro.mjs', 'build'],
    start: ['dist/server/entry.mjs'],
    env: { ASTRO_TELEMETRY_DISABLED: '1' },
    minNode: 22,
  },
  'React Router': {
    heading: 'React Router',
    packages: {
      '@react-router/dev': '8.4.0',
      '@react-router/node': '8.4.0',
      '@react-router/serve': '8.4.0',
      'react-router': '8.4.0',
      isbot: '5.1.31',
      vite: '8.3.8',
      ...react,
      ...compiler,
    },
    sharedPath: 'app/files.ts',
    scaffold: {
      'vite.config.ts':
        "import { reactRouter } from '@react-router/dev/vite'\nexport default { plugins: [reactRouter()] }\n",
      'app/root.tsx':
        "import { Outlet } from 'react-router'\nexport default () => <html><body><Outlet /></body></html>\n",
      'app/routes/home.tsx': 'export default () => <p>My own page</p>\n',
    },
    build: ['node_modules/@react-router/dev/bin.cjs', 'build'],
    start: ['node_modules/@react-router/serve/bin.cjs', 'build/server/index.js'],
    minNode: 22,
  },
  'TanStack Start': {
    heading: 'TanStack Start',
    packages: {
      '@tanstack/react-router': '1.170.46',
      '@tanstack/react-start': '1.169.5',
      '@vitejs/plugin-react': '6.3.0',
      srvx: '1.0.8',
      vite: '8.3.8',
      ...react,
      ...compiler,
    },
    sharedPath: 'src/files.ts',
    scaffold: {
      'vite.config.ts':
        "import { tanstackStart } from '@tanstack/react-start/plugin/vite'\nimport viteReact from '@vitejs/plugin-react'\nexport default { plugins: [tanstackStart(), viteReact()] }\n",
      'server.js':
        "import { serve } from 'srvx'\nimport server from './dist/server/server.js'\nserve({ fetch: (request) => server.fetch(request), hostname: '127.0.0.1' })\n",
      'src/router.tsx':
        "import { createRouter } from '@tanstack/react-router'\nimport { routeTree } from './routeTree.gen'\nexport const getRouter = () => createRouter({ routeTree })\n",
      'src/routes/__root.tsx':
        "import { createRootRoute, Outlet, Scripts } from '@tanstack/react-router'\nexport const Route = createRootRoute({ component: () => <html><body><Outlet /><Scripts /></body></html> })\n",
      'src/routes/index.tsx':
        "import { createFileRoute } from '@tanstack/react-router'\nexport const Route = createFileRoute('/')({ component: () => <p>My own page</p> })\n",
    },
    build: ['node_modules/vite/bin/vite.js', 'build'],
    start: ['server.js'],
    minNode: 22,
  },
  SvelteKit: {
    heading: 'SvelteKit',
    packages: {
      '@sveltejs/kit': '3.2.0',
      '@sveltejs/adapter-node': '6.0.1',
      '@sveltejs/vite-plugin-svelte': '7.3.1',
      svelte: '5.57.3',
      vite: '8.3.8',
      ...compiler,
      typescript: '6.0.3',
    },
    scaffold: {
      'vite.config.ts':
        "import adapter from '@sveltejs/adapter-node'\nimport { sveltekit } from '@sveltejs/kit/vite'\nexport default { plugins: [sveltekit({ adapter: adapter() })] }\n",
      'src/app.html': '<html><head>%sveltekit.head%</head><body>%sveltekit.body%</body></html>\n',
      'src/routes/+page.svelte': '<p>My own page</p>\n',
    },
    build: ['node_modules/vite/bin/vite.js', 'build'],
    start: ['server.js'],
    minNode: 22,
  },
}

/** All projects by the names of their tests. */
export const projects: Readonly<Record<string, Project>> = {
  'Next 16': { ...nextProject, packages: ofNext16 },
  'Next 15': {
    ...nextProject,
    packages: ofNext15,
    // As create-next-app makes it; the one that Next 15 makes by itself resolves as in 2015.
    scaffold: {
      ...nextProject.scaffold,
      'tsconfig.json':
        '{ "compilerOptions": { "module": "esnext", "moduleResolution": "bundler" } }\n',
    },
  },
  'Next 16 in development': {
    ...nextProject,
    packages: ofNext16,
    start: ['node_modules/next/dist/bin/next', 'dev', '-H', '127.0.0.1', '-p', '{port}'],
  },
  'Next 16 with basePath and trailingSlash': {
    ...nextProject,
    packages: ofNext16,
    scaffold: configured("basePath: '/docs', trailingSlash: true"),
    mediaUrl: '/docs/media/',
    ownUpload: '/docs/avatar/',
  },
  Nitro: {
    heading: 'Nitro',
    packages: { nitro: '3.0.0' },
    scaffold: { 'nitro.config.ts': "export default { serverDir: './' }\n" },
    build: ['node_modules/nitro/dist/cli/index.mjs', 'build'],
    start: ['.output/server/index.mjs'],
    minNode: 20,
  },
  ...ofNewerNode,
}

/** Not in node_modules, whose files bundlers treat as packages'. What is installed stays for the next run. */
const cache = path.join(tmpdir(), `titofisto-frameworks-${process.getuid?.() ?? 'all'}`)

/** Installs and builds a project, with titofisto as its users get it. @throws Error with all that was said. */
export async function prepareProject(name: string): Promise<SiteSetting> {
  const project = projects[name]
  if (project === undefined) throw new Error(`There is no project ${name}.`)
  const folder = path.join(cache, name.replaceAll(' ', '-'))
  await mkdir(folder, { recursive: true })
  for (const old of ['app', 'src', 'routes', 'build', 'dist', '.next', '.output', 'media'])
    await rm(path.join(folder, old), { recursive: true, force: true })
  const manifest = { private: true, type: 'module', dependencies: project.packages }
  await writeFile(path.join(folder, 'package.json'), JSON.stringify(manifest))
  // Some run the application's modules while they build.
  await mkdir(path.join(folder, 'media'))
  await writeRecipe(project.heading, folder, project)
  await writeFiles(folder, Object.entries(project.scaffold))
  await installThere(folder, [await packTitofisto()])
  const env = { ...project.env, TITOFISTO_SECRET: 'a secret while it is built, and no other' }
  if (project.build !== undefined) await runThere(folder, process.execPath, project.build, env)
  const { start: args, mediaUrl, ownForm, ownUpload } = project
  return {
    folder,
    command: process.execPath,
    args,
    ...(project.env !== undefined && { env: project.env }),
    ...(mediaUrl !== undefined && { mediaUrl }),
    ...(ownForm !== undefined && { ownForm }),
    ...(ownUpload !== undefined && { ownUpload }),
  }
}
