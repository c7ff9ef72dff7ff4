// A server that is told to make room by evicting keys forgets slots that wait for their upload: their
// URLs are a 404, and nobody is told. So it is looked at once, and said.

import type { Log } from '../../../log.ts'
import type { RedisCommands } from './redis-client.ts'

/** Looks at the server's policy, and logs where it is one that loses slots. Never rejects. */
export async function warnOfEviction(commands: RedisCommands, log: Log): Promise<void> {
  // Managed servers forbid CONFIG, but seldom INFO, which says the same.
  const info = await commands.infoMemory().catch(() => null)
  const policy = valueOf(info, 'maxmemory_policy')
  if (policy === null) {
    const message =
      'Whether Redis may evict slots can\'t be seen here (INFO). See to it that its "maxmemory-policy" is "noeviction".'
    log({ level: 'info', event: 'slot-store-eviction-unknown', message })
    return
  }
  if (policy === 'noeviction' || valueOf(info, 'maxmemory') === '0') return
  const message = `Redis may evict slots when its memory is full: its "maxmemory-policy" is "${policy}". Set it to "noeviction", or give slots a server of their own.`
  log({ level: 'warn', event: 'slot-store-evicts', message })
}

function valueOf(info: string | null, name: string): string | null {
  const line = info?.split(/\r?\n/).find((each) => each.startsWith(`${name}:`))
  return line === undefined ? null : line.slice(name.length + 1)
}
