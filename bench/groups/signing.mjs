// @ts-check
// Signs and checks a second on one thread; each run is a process of its own on the server's core.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { compileSource } from '../../tools/compile-source.mjs'
import { serverCore } from '../measure/cores.mjs'
import { atLeast, number } from '../measure/report.mjs'
import { ratioOf } from '../measure/request-rates.mjs'
import { interleave, medians } from '../measure/rounds.mjs'

const nodeSigner = fileURLToPath(new URL('../signing/node-signer.mjs', import.meta.url))
const djangoSigner = fileURLToPath(new URL('../signing/django_signer.py', import.meta.url))
const django = 'Django TimestampSigner'

/** @type {Record<string, readonly string[]>} */
const commands = {
  ours: [process.execPath, nodeSigner, 'ours-native'],
  'ours, interop: django': [process.execPath, nodeSigner, 'ours-django'],
  'createHmac by hand': [process.execPath, nodeSigner, 'create-hmac'],
  // Debian's own Python is the one that has python3-django.
  [django]: ['/usr/bin/python3', djangoSigner],
}

/** What the signer imports. */
const signingModules = [
  'token/age',
  'token/django',
  'token/keyring',
  'token/native',
  'token/policy',
]

/** @param {import('../run.mjs').Effort} effort */
export async function signing({ rounds, seconds, isWanted }) {
  const names = Object.keys(commands).filter((name) => name === 'ours' || isWanted(name))
  const source = await compileSource(signingModules)
  const results = await interleave(names, rounds, (name) =>
    runSigner(name, seconds, source.folder),
  ).finally(source.remove)
  const rates = new Map([...results].map(([name, values]) => [name, medians(values)]))
  return {
    title: 'Signing and checking',
    targets: [
      atLeast('signs, times Django', ratioOf(rates, 'ours', django, 'signs'), 2.5),
      atLeast('checks, times Django', ratioOf(rates, 'ours', django, 'checks'), 2.5),
    ],
    tables: [
      {
        caption: 'One thread',
        columns: ['signer', 'signs/s', 'checks/s', 'ours signs … times as fast', 'ours checks …'],
        rows: [...rates].map(([name, rate]) => [
          name,
          number(rate.signs),
          number(rate.checks),
          number(ratioOf(rates, 'ours', name, 'signs')),
          number(ratioOf(rates, 'ours', name, 'checks')),
        ]),
      },
    ],
    notes: [
      'A check is all that a request pays besides the disk: taking the token apart, its age, and the signature over name and version.',
    ],
  }
}

/**
 * @param {string} name
 * @param {number} seconds
 * @param {string} source
 * @returns {Promise<Record<'signs' | 'checks', number>>}
 */
async function runSigner(name, seconds, source) {
  const [command = '', ...args] = commands[name] ?? []
  const { stdout } = await promisify(execFile)('taskset', [
    '-c',
    String(serverCore),
    command,
    ...args,
    String(seconds),
    source,
  ])
  return JSON.parse(stdout)
}
