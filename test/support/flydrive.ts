// The FlyDrive to test with: 1.x as it is installed, or the one in the folder that
// TITOFISTO_FLYDRIVE names, as tools/matrix.mjs does with 2.x, which needs Node 24.

import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const folder = process.env['TITOFISTO_FLYDRIVE']

/** Loads FlyDrive; what 2.x has otherwise than 1.x is not used, but where a test says so. */
export async function loadFlydrive() {
  const core = await load<typeof import('flydrive')>('flydrive')
  const fs = await load<typeof import('flydrive/drivers/fs')>('flydrive/drivers/fs')
  return { ...core, ...fs }
}

async function load<Module>(specifier: string): Promise<Module> {
  if (folder === undefined) return import(specifier) as Promise<Module>
  const path = createRequire(join(folder, 'from-here.js')).resolve(specifier)
  return import(pathToFileURL(path).href) as Promise<Module>
}
