// @ts-check
// What the tests take from Debian. Tests that miss a program skip themselves and say so;
// nothing of the library needs any of this.

import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { isStartedDirectly, run } from './project.mjs'

/**
 * Each package of Debian, what it is for, and how to tell that it is there without starting
 * anything. Django must be Debian's: a Python from elsewhere does not see it.
 */
const packages = [
  { name: 'bindfs', use: 'tests on FUSE', isThere: () => findProgram('bindfs') !== null },
  { name: 'chromium', use: 'browser tests', isThere: () => findChromium() !== null },
  { name: 'curl', use: 'tests with a stock client', isThere: () => findProgram('curl') !== null },
  {
    name: 'exfat-fuse',
    use: 'tests on exFAT',
    isThere: () => findProgram('mount.exfat-fuse') !== null,
  },
  {
    name: 'exfatprogs',
    use: 'tests on exFAT',
    isThere: () => findProgram('mkfs.exfat') !== null,
  },
  { name: 'dosfstools', use: 'tests on FAT', isThere: () => findProgram('mkfs.vfat') !== null },
  { name: 'fusefat', use: 'tests on FAT', isThere: () => findProgram('fusefat') !== null },
  { name: 'gcc', use: 'tests of calls refused', isThere: () => findProgram('gcc') !== null },
  { name: 'libc6-dev', use: 'the same', isThere: () => existsSync('/usr/include/dlfcn.h') },
  { name: 'nginx', use: 'tests behind a proxy', isThere: () => findProgram('nginx') !== null },
  { name: 'openssl', use: 'tokens by shell', isThere: () => findProgram('openssl') !== null },
  { name: 'php-cli', use: 'uploads by PHP', isThere: () => findProgram('php') !== null },
  { name: 'php-curl', use: 'the same', isThere: hasPhpCurl },
  { name: 'postgresql', use: 'slots in PostgreSQL', isThere: hasPostgres },
  { name: 'python3', use: 'tokens by Python', isThere: () => existsSync('/usr/bin/python3') },
  ...['boto3', 'cryptography', 'flask', 'flask_cors', 'responses', 'werkzeug', 'xmltodict'].map(
    (module) => ({
      name: `python3-${module.replace('_', '-')}`,
      use: 'tests on S3',
      isThere: () => hasPython(module),
    }),
  ),
  { name: 'python3-aiohttp', use: 'uploads by Python', isThere: () => hasPython('aiohttp') },
  { name: 'python3-django', use: 'tests against Django', isThere: () => hasPython('django') },
  { name: 'python3-httpx', use: 'uploads by Python', isThere: () => hasPython('httpx') },
  { name: 'python3-requests', use: 'uploads by Python', isThere: () => hasPython('requests') },
  { name: 'python3-tuspy', use: 'tus by Python', isThere: () => hasPython('tusclient') },
  {
    name: 'redis-server',
    use: 'slots in Redis',
    isThere: () => findProgram('redis-server') !== null || findProgram('valkey-server') !== null,
  },
  { name: 'ruby', use: 'uploads by Ruby', isThere: () => findProgram('ruby') !== null },
  { name: 'wget', use: 'uploads by wget', isThere: () => findProgram('wget') !== null },
]

/** Ceph: installed by itself, so that the rest is there where Debian has it not. */
const cephPackages = [
  { name: 'ceph-mon', use: 'tests on S3', isThere: () => findProgram('ceph-mon') !== null },
  { name: 'ceph-osd', use: 'the same', isThere: () => findProgram('ceph-osd') !== null },
  { name: 'radosgw', use: 'tests on S3', isThere: () => findProgram('radosgw') !== null },
]

/** Needed by `npm run matrix` alone, since it is too large for each run. */
const matrixPackages = [
  { name: 'golang-go', use: 'uploads by Go', isThere: () => findProgram('go') !== null },
]

/** Needed by `npm run bench` alone. */
const benchPackages = [{ name: 'wrk', use: 'load', isThere: () => findProgram('wrk') !== null }]

/**
 * Installs what is missing where we may (root on Debian); elsewhere says in one line what is.
 * @param {{ readonly bench?: boolean }} [options]
 * @returns {Promise<readonly string[]>} The names of the packages that are still missing.
 */
export async function ensureSystemPackages({ bench = false } = {}) {
  const first = [
    ...packages,
    ...(bench ? benchPackages : []),
    ...(runsAllClients() ? matrixPackages : []),
  ]
  const wanted = [first, cephPackages]
  const missing = wanted.flat().filter((entry) => !entry.isThere())
  if (missing.length === 0) return []
  const names = missing.map((entry) => entry.name)

  if (process.getuid?.() !== 0 || findProgram('apt-get') === null) {
    const list = missing.map((entry) => `${entry.name} (${entry.use})`).join(', ')
    console.error(`Not installed, so some tests will be skipped: ${list}.`)
    console.error(`On Debian or Ubuntu: sudo apt-get install ${names.join(' ')}`)
    return names
  }

  console.error(`Installing with apt-get: ${names.join(', ')} ...`)
  await runAptGet(['update'])
  for (const group of wanted) await install(group.filter((entry) => !entry.isThere()))
  return missing.filter((entry) => !entry.isThere()).map((entry) => entry.name)
}

/** @param {readonly { readonly name: string }[]} missing */
async function install(missing) {
  if (missing.length === 0) return
  const names = missing.map((entry) => entry.name)
  const { status, output } = await runAptGet(['install', '-y', '--no-install-recommends', ...names])
  if (status === 0) return
  const lastWords = output.trim().split('\n').slice(-3).join('\n')
  console.error(`${lastWords}\napt-get could not install them; some tests will be skipped.`)
}

/** @param {readonly string[]} words */
function runAptGet([command = '', ...rest]) {
  const patient = ['-qq', '-o', 'Acquire::Retries=3', '-o', 'Acquire::http::Timeout=60']
  return run('apt-get', [command, ...patient, ...rest], { DEBIAN_FRONTEND: 'noninteractive' })
}

/** Whether the clients are wanted that only `npm run matrix` installs. */
export function runsAllClients() {
  return process.env['TITOFISTO_CLIENTS'] === 'all'
}

/**
 * Whether Debian's Python has a module.
 * @param {string} module
 */
export function hasPython(module) {
  const place = `/usr/lib/python3/dist-packages/${module}`
  return existsSync(`${place}/__init__.py`) || existsSync(`${place}.py`)
}

/** Whether Debian's PHP, of whatever version, has its curl. */
export function hasPhpCurl() {
  const versions = existsSync('/etc/php') ? readdirSync('/etc/php') : []
  return versions.some((version) => existsSync(`/etc/php/${version}/mods-available/curl.ini`))
}

/** Whether Debian's PostgreSQL, of whatever version, is there. */
function hasPostgres() {
  const versions = '/usr/lib/postgresql'
  return (
    existsSync(versions) &&
    readdirSync(versions).some((version) => existsSync(`${versions}/${version}/bin/postgres`))
  )
}

/** The path of a Chromium or Chrome, or null; `CHROMIUM_PATH` goes before all others. */
export function findChromium() {
  const chosen = process.env['CHROMIUM_PATH']
  if (chosen) return chosen
  const names = ['chromium', 'chromium-browser', 'google-chrome']
  return names.map(findProgram).find((found) => found !== null) ?? null
}

/**
 * The path of a program, or null. Debian's nginx lies in /usr/sbin, which users lack in PATH.
 * @param {string} name
 */
export function findProgram(name) {
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin', '/sbin']
  return folders.map((folder) => path.join(folder, name)).find(isExecutable) ?? null
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

if (isStartedDirectly(import.meta.url)) {
  const missing = await ensureSystemPackages({ bench: process.argv.includes('--bench') })
  if (missing.length > 0) process.exitCode = 1
}
