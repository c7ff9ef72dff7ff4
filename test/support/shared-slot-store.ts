// A slot store that another process keeps, as a store: what is called here runs there.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { SlotStore } from '../../src/slots/stores/store.ts'

/** A store of another process, until it is stopped. */
export interface SharedStore extends SlotStore {
  /** Makes what the store stands on, where it has such a thing. */
  ready(): Promise<void>
  /** Stops its process wherever it is, until {@link goOn}. */
  pause(): void
  goOn(): void
  stop(): Promise<void>
}

interface Answer {
  readonly call: number
  readonly value?: unknown
  readonly error?: { readonly message: string; readonly code: string }
}

/** Starts a process that opens the file store in a folder. */
export function shareFileStore(source: string, folder: string): SharedStore {
  return shareStore(source, folder)
}

/** Starts a process that opens the store of an engine at a URL. */
export function shareEngineStore(source: string, url: string): SharedStore {
  return shareStore(source, url)
}

function shareStore(source: string, place: string): SharedStore {
  const program = fileURLToPath(new URL('./slot-store-child.mjs', import.meta.url))
  const child = fork(program, [source, place], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const waiting = new Map<number, (answer: Answer) => void>()
  let calls = 0
  child.on('message', (message) => {
    // Only our own child writes here.
    const answer = message as Answer
    waiting.get(answer.call)?.(answer)
    waiting.delete(answer.call)
  })

  async function run<Value>(
    method: keyof SlotStore | 'migrate',
    ...args: unknown[]
  ): Promise<Value> {
    const call = ++calls
    const answered = new Promise<Answer>((resolve) => waiting.set(call, resolve))
    child.send({ call, method, args })
    const { error, value } = await answered
    if (error !== undefined) throw Object.assign(new Error(error.message), { code: error.code })
    return value as Value
  }

  return {
    ready: () => run('migrate'),
    create: (record) => run('create', record),
    read: (id) => run('read', id),
    replace: (record, expectedRevision) => run('replace', record, expectedRevision),
    remove: (id, expectedRevision) => run('remove', id, expectedRevision),
    list: (options) => run('list', ...(options === undefined ? [] : [options])),
    pause: () => void child.kill('SIGSTOP'),
    goOn: () => void child.kill('SIGCONT'),
    async stop() {
      child.kill('SIGCONT')
      const exited = once(child, 'exit')
      child.disconnect()
      await exited
    },
  }
}
