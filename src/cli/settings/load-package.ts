// Packages that only some settings need: who installs titofisto installs them where they are wanted.

import { refused } from '../cli-failure.ts'

/**
 * Loads a package, as `load` imports it. It is looked for beside titofisto, never in the folder that
 * a command is run in: what lies there may have come with it.
 *
 * @throws CliFailure that says how to install it, where it is missing.
 */
export async function loadPackage<Module>(
  name: string,
  source: string,
  load: () => Promise<Module>,
): Promise<Module> {
  try {
    return await load()
  } catch (error) {
    if (!isMissing(error, name)) throw error
    throw refused(
      `${source} needs the package ${name} beside titofisto: npm install ${name} (without a project: npx -p titofisto -p ${name} titofisto ...).`,
      error,
    )
  }
}

function isMissing(error: unknown, name: string): boolean {
  if (!(error instanceof Error)) return false
  const { code, message } = error as NodeJS.ErrnoException
  return code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${name}'`)
}
