// @ts-check
// What a process has used, from /proc: all of its threads, also those that are gone.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Linux counts processor time in hundredths of a second for every program. */
const ticksPerSecond = 100

/**
 * Processor time, user and system, in seconds.
 * @param {number} pid
 */
export function readCpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  // The second field is a name in parentheses, which may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/**
 * Memory that is resident now, in bytes.
 * @param {number} pid
 */
export function readRssBytes(pid) {
  return readStatusBytes(pid, 'VmRSS')
}

/**
 * The most memory that was ever resident, in bytes.
 * @param {number} pid
 */
export function readPeakRssBytes(pid) {
  return readStatusBytes(pid, 'VmHWM')
}

/**
 * Number of open descriptors.
 * @param {number} pid
 */
export function countDescriptors(pid) {
  return readdirSync(`/proc/${pid}/fd`).length
}

/**
 * Number of open sockets: a connection is one, whatever files are open for it besides.
 * @param {number} pid
 */
export function countSockets(pid) {
  return readdirSync(`/proc/${pid}/fd`).filter((descriptor) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${descriptor}`).startsWith('socket:')
    } catch {
      // Closed since it was listed.
      return false
    }
  }).length
}

/**
 * @param {number} pid
 * @param {string} field
 */
function readStatusBytes(pid, field) {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  const match = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)
  return Number(match?.[1]) * 1024
}
