// The snippets of docs/fetch-frameworks.md: each below the heading of its framework, with the name of
// its file in the first line. What stands before the first of them, all share.

import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { projectFolder } from '../../tools/project.mjs'

/** A framework's files by their names, without `files.ts`. */
export type Recipe = ReadonlyMap<string, string>

/** What all of them share. */
export const sharedFile = 'files.ts'

/** All recipes, by heading; `''` for what they share. */
export function readRecipes(): ReadonlyMap<string, Recipe> {
  const page = readFileSync(path.join(projectFolder, 'docs/fetch-frameworks.md'), 'utf8')
  const sections = page.split(/^## /m).map((section, index) => {
    const found = section.matchAll(/^```\w+\n(\/\/ (\S+)\n[^]*?)^```$/gm)
    const heading = index === 0 ? '' : section.slice(0, section.indexOf('\n'))
    return [heading, new Map([...found].map(([, code = '', name = '']) => [name, code]))] as const
  })
  return new Map(sections)
}

/**
 * Writes a framework's files into a project; the shared one goes where they look for it, and gets
 * another `mediaUrl` where it is to have one.
 */
export async function writeRecipe(
  framework: string,
  folder: string,
  { sharedPath = sharedFile, mediaUrl }: { sharedPath?: string; mediaUrl?: string } = {},
): Promise<void> {
  const recipes = readRecipes()
  const [own, shared] = [recipes.get(framework), recipes.get('')?.get(sharedFile)]
  if (own === undefined || shared === undefined)
    throw new Error(`docs/fetch-frameworks.md has nothing for ${framework}.`)
  const placed =
    mediaUrl === undefined
      ? shared
      : shared.replace('  storage:', `  mediaUrl: '${mediaUrl}',\n  storage:`)
  await writeFiles(folder, [...own, [sharedPath, placed]])
}

/** Writes files with the folders that they are in. */
export async function writeFiles(
  folder: string,
  files: Iterable<readonly [name: string, content: string]>,
): Promise<void> {
  for (const [name, content] of files) {
    const file = path.join(folder, name)
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, content)
  }
}
