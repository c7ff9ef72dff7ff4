// @ts-check
// Where the project is, and how its tools are run from wherever the caller stands.

import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** The folder that holds package.json, without a slash at its end. */
export const projectFolder = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

/**
 * @typedef {object} Run
 * @property {number} status Exit code; 1 where a signal ended the process or it could not start.
 * @property {string} output What it wrote, both streams in the order they came.
 */

/**
 * Runs a command to its end and keeps what it says. Never rejects.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env] Added to our own environment.
 * @param {string} [cwd] Where it runs; default: the project folder.
 * @returns {Promise<Run>}
 */
export function run(command, args, env = {}, cwd = projectFolder) {
  return new Promise((resolve) => {
    let output = ''
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('error', (error) => resolve({ status: 1, output: `${command}: ${error.message}\n` }))
    child.on('close', (code) => resolve({ status: code ?? 1, output }))
  })
}

/**
 * Runs a command in the project folder on our own terminal; SIGINT and SIGTERM reach it once.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env] Added to our own environment.
 * @returns {Promise<number>} Its exit code; 128 and the signal's number where a signal ended it.
 */
export function runOnTerminal(command, args, env = {}) {
  const child = spawn(command, args, {
    cwd: projectFolder,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  })
  const passOn = (/** @type {NodeJS.Signals} */ signal) => {
    // Ctrl-C goes to every process on the terminal by itself; a second one would mean "at once".
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  }
  process.on('SIGINT', passOn).on('SIGTERM', passOn)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      process.off('SIGINT', passOn).off('SIGTERM', passOn)
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })
}

/**
 * The path of a tool that npm has installed.
 * @param {string} name
 */
export function toolPath(name) {
  return path.join(projectFolder, 'node_modules', '.bin', name)
}

/** Our compiler; older ones, which tests read our declarations with, have the same name in `.bin`. */
export const compilerPath = path.join(projectFolder, 'node_modules', 'typescript', 'bin', 'tsc')

/**
 * Whether a script is what `node` was started with, and not imported by another.
 * @param {string} moduleUrl The script's `import.meta.url`.
 */
export function isStartedDirectly(moduleUrl) {
  return process.argv[1] !== undefined && moduleUrl === pathToFileURL(process.argv[1]).href
}
