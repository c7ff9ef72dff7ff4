import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { projectFolder } from '../../tools/project.mjs'

interface LockedPackage {
  readonly resolved?: string
  readonly integrity?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

describe.each(['.', 'bench', 'site'])('package-lock.json in %s', (folder) => {
  const read = (file: string) =>
    JSON.parse(readFileSync(path.join(projectFolder, folder, file), 'utf8'))
  const lock = read('package-lock.json')
  const packages = Object.entries<LockedPackage>(lock.packages)

  it('names no host that a package came from', () => {
    expect(packages.filter(([, entry]) => entry.resolved !== undefined)).toEqual([])
  })

  it('pins every package by its hash', () => {
    const own = (name: string) => name === ''
    const unpinned = packages.filter(([name, entry]) => !own(name) && !entry.integrity)
    expect(unpinned).toEqual([])
  })

  // npm leaves out what its registry does not have for other platforms, and then refuses the file.
  it('knows every optional package of every platform', () => {
    const missing = packages.flatMap(([name, entry]) =>
      Object.keys(entry.optionalDependencies ?? {}).filter((wanted) => !isLocked(name, wanted)),
    )
    expect(missing).toEqual([])
  })

  /** Beside the one who wants it, or in any node_modules above. */
  function isLocked(from: string, wanted: string): boolean {
    if (`${from === '' ? '' : `${from}/`}node_modules/${wanted}` in lock.packages) return true
    if (from === '') return false
    const parent = from.slice(0, Math.max(0, from.lastIndexOf('node_modules/') - 1))
    return isLocked(parent, wanted)
  }

  it('agrees with package.json', () => {
    const settings = read('package.json')
    const { version, dependencies, devDependencies } = lock.packages['']
    expect({ version, dependencies, devDependencies }).toEqual({
      version: settings.version,
      dependencies: settings.dependencies,
      devDependencies: settings.devDependencies,
    })
  })
})

describe('tracked files', () => {
  const listing = listTrackedFiles()

  it('hold no path of the machine they were written on, and no registry host', (context) => {
    if (listing === null) return context.skip('not a git checkout')
    const found = listing.flatMap((file) =>
      findForeign(readText(file)).map((text) => `${file}: ${text}`),
    )
    expect(found).toEqual([])
  })

  it.each([
    `cd ${projectFolder}/src`,
    ['https://registry', 'npmjs', 'org/mime'].join('.'),
    ['see (', 'work', 'notes.md)'].join('/'),
  ])('would be caught with %s', (text) => {
    expect(findForeign(text)).not.toEqual([])
  })
})

function findForeign(text: string): string[] {
  const found = [...text.matchAll(/\bregistry\.(?:npmjs|yarnpkg|npmmirror)\b|(?<![\w.])\/work\//g)]
  // A clone in `/app` would find itself all over the docs; a deeper folder is telling.
  const isTelling = projectFolder.split(path.sep).length > 2 && text.includes(`${projectFolder}/`)
  return [...found.map((match) => match[0]), ...(isTelling ? [projectFolder] : [])]
}

function listTrackedFiles(): readonly string[] | null {
  try {
    const output = execFileSync('git', ['ls-files', '-z'], {
      cwd: projectFolder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return output.split('\0').filter((file) => file !== '')
  } catch {
    return null
  }
}

/** Latin-1 reads any file; what we look for is ASCII. A file deleted but not committed is empty. */
function readText(file: string): string {
  try {
    return readFileSync(path.join(projectFolder, file), 'latin1')
  } catch {
    return ''
  }
}
