// @ts-check
// What a soak says at its end.

const mostTold = 25

/**
 * @param {import('./soak.mjs').SoakResult} result
 * @param {{ readonly seed: number, readonly seconds: number, readonly profile: string, readonly store?: string, readonly storage?: string }} plan
 */
export function writeReport({ faults, counts, notes, folder }, plan) {
  const { seed, seconds, profile, store = 'files', storage = 'files' } = plan
  const lines = [
    `${counts.minted} slots minted; ${counts.done} uploads done, ${counts.refused} requests refused, ${counts.unanswered} without an answer, ${counts.retried} retries`,
    `${counts.requests} upload requests, ${counts.downloads} downloads, ${counts.conditional} conditional requests; ${counts.checkedBytes} bytes checked`,
    ...notes,
  ]
  if (faults.length === 0)
    lines.push('nothing lost, nothing doubled, nothing foreign; nothing left open or behind')
  else {
    for (const fault of faults.slice(0, mostTold)) lines.push('', `FAULT: ${fault}`)
    if (faults.length > mostTold) lines.push('', `... and ${faults.length - mostTold} more`)
    lines.push(
      '',
      `${faults.length === 1 ? '1 fault' : `${faults.length} faults`}. The work folder is kept: ${folder}`,
    )
  }
  const again = `--seconds ${seconds} --seed ${seed} --profile ${profile} --store ${store} --storage ${storage}`
  lines.push(`again: npm run soak -- ${again}`)
  return lines.join('\n')
}
