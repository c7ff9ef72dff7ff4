// @ts-check
// moto, a server that speaks S3, for the tests of titofisto/s3. Debian stable has none, so its package is
// taken from unstable and unpacked beside node_modules; all that it needs is stable's.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { isStartedDirectly, projectFolder, run } from './project.mjs'
import { findProgram, hasPython } from './system-packages.mjs'

const folder = path.join(projectFolder, 'node_modules', '.titofisto-moto')
const modules = path.join(folder, 'usr/lib/python3/dist-packages')

/** What it is built on, of Debian stable. */
const needed = [
  'boto3',
  'flask',
  'flask_cors',
  'responses',
  'werkzeug',
  'xmltodict',
  'cryptography',
]

/** The folder for PYTHONPATH; `null` where moto, or what it needs, is missing. */
export function findMoto() {
  const isThere = existsSync(path.join(modules, 'moto/server.py'))
  return isThere && needed.every((module) => hasPython(module)) ? modules : null
}

/** Fetches it where that is possible, and says what is missing elsewhere. */
export async function ensureMoto() {
  if (findMoto() !== null) return
  if (findProgram('apt-get') === null || process.getuid?.() !== 0) {
    console.error('Not installed, so some tests will be skipped: moto (tests on S3).')
    return
  }
  console.error('Fetching moto from Debian unstable ...')
  mkdirSync(path.dirname(folder), { recursive: true })
  const work = mkdtempSync(`${folder}-`)
  try {
    if (!(await fetchInto(work)))
      console.error('moto could not be fetched; some tests will be skipped.')
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** @param {string} work */
async function fetchInto(work) {
  for (const name of ['lists/partial', 'cache/archives/partial', 'package'])
    mkdirSync(path.join(work, name), { recursive: true })
  const sources = path.join(work, 'sources.list')
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
  // From where this machine has its packages.
  const { output } = await run('apt-get', ['indextargets', '--format', '$(SITE)'])
  const site = output.split('\n').find((line) => line.endsWith('/debian'))
  if (site === undefined) return false
  writeFileSync(sources, `deb [signed-by=${keyring}] ${site} sid main\n`)
  const settings = {
    'Dir::Etc::SourceList': sources,
    'Dir::Etc::SourceParts': '-',
    'Dir::State::Lists': path.join(work, 'lists'),
    'Dir::Cache': path.join(work, 'cache'),
    'APT::Sandbox::User': 'root',
    'Acquire::Retries': '3',
    'Acquire::http::Timeout': '20',
  }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  const steps = [
    ['apt-get', ...options, 'update', '-qq'],
    [
      'sh',
      '-c',
      'cd "$0" && exec apt-get "$@"',
      work,
      ...options,
      'download',
      '-qq',
      'python3-moto',
    ],
  ]
  for (const [command = '', ...args] of steps)
    if ((await run(command, args)).status !== 0) return false
  const file = readdirSync(work).find((name) => name.endsWith('.deb'))
  if (file === undefined) return false
  const unpacked = path.join(work, 'package')
  if ((await run('dpkg', ['-x', path.join(work, file), unpacked])).status !== 0) return false
  rmSync(folder, { recursive: true, force: true })
  renameSync(unpacked, folder)
  return findMoto() !== null
}

if (isStartedDirectly(import.meta.url)) await ensureMoto()
