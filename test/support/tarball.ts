// The package as its users get it: packed, and installed by npm beside other packages of its registry.

import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { install } from '../../tools/npm.mjs'
import { projectFolder, run } from '../../tools/project.mjs'

let packed: Promise<string> | undefined

/** Packs what was built, once for each run, and gives the tarball's path. */
export function packTitofisto(): Promise<string> {
  packed ??= pack()
  return packed
}

async function pack(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'titofisto-packed-'))
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const said = await runThere(projectFolder, 'npm', args)
  const [{ filename = '' } = {}] = JSON.parse(said.slice(said.indexOf('['))) as [
    { filename?: string }?,
  ]
  return path.join(folder, filename)
}

/**
 * Installs the tarball in a folder that has a package.json, with packages in the versions that this
 * project tests with, and others in exact versions.
 *
 * @throws Error with npm's words.
 */
export async function installPacked(
  folder: string,
  packages: readonly string[],
  others: Readonly<Record<string, string>> = {},
): Promise<void> {
  const versions = [...packages.map((name) => [name, versionOf(name)]), ...Object.entries(others)]
  const wanted = versions.map(([name, version]) => `${name}@${version}`)
  await mkdir(folder, { recursive: true })
  await installThere(folder, [await packTitofisto(), ...wanted])
}

/** Has npm install what a folder's package.json names, and more. @throws Error with npm's words. */
export async function installThere(folder: string, wanted: readonly string[]): Promise<void> {
  const { status, output } = await install(['install', ...wanted], folder)
  if (status !== 0) throw new Error(`npm could not install ${wanted.join(' ')}:\n${output}`)
}

function versionOf(name: string): string {
  // What `npm run matrix` tests with on newer Node.
  if (name === 'flydrive' && process.env['TITOFISTO_FLYDRIVE'] !== undefined) return '2.1.0'
  const manifest = readFileSync(path.join(projectFolder, 'package.json'), 'utf8')
  const { devDependencies } = JSON.parse(manifest) as { devDependencies: Record<string, string> }
  const version = devDependencies[name]
  if (version === undefined) throw new Error(`package.json has no ${name}.`)
  return version
}

/** Runs a command somewhere else. @throws Error with all that was said, where it fails. */
export async function runThere(
  cwd: string,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const { status, output } = await run(command, args, env, cwd)
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${output}`)
  return output
}
