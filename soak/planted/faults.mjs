// @ts-check
// Faults that were in the code once, as changes to it: what a soak is worth is whether it finds them.

/**
 * A change to a source: `find` must stand in it exactly once.
 * @typedef {{ readonly file: string, readonly find: string, readonly put: string }} Edit
 */

/**
 * @typedef {object} PlantedFault
 * @property {string} what
 * @property {import('../clients/plan.mjs').Profile} profile Which part of the mix meets it most often.
 * @property {readonly Edit[]} edits Below src/.
 * @property {readonly { readonly file: string, readonly from: string }[]} additions Sources of our own that lie beside this file.
 */

const queue = 'receive/spool/chunk-queue.ts'

/** @type {Readonly<Record<'staging' | 'takeover', PlantedFault>>} */
export const plantedFaults = {
  staging: {
    what: 'borrowed memory is given back while bytes in it still wait for the disk',
    profile: 'forms',
    additions: [{ file: 'receive/spool/staging.ts', from: 'staging.ts.txt' }],
    edits: [
      {
        file: queue,
        find: "import type { Backlog } from './backlog.ts'\n",
        put: "import type { Backlog } from './backlog.ts'\nimport { createStaging } from './staging.ts'\n",
      },
      {
        file: queue,
        find: '  #weight = 0\n',
        put: '  #weight = 0\n  #staging: any = null\n  #lent: any = null\n  #isPastStart = false\n',
      },
      {
        file: queue,
        find: '    this.#chunks.push(chunk)\n',
        put: '    if (!this.#isPastStart) this.#staging ??= createStaging()\n    this.#chunks.push(this.#staging?.keep(chunk) ?? chunk)\n',
      },
      {
        file: queue,
        find: '    const weight = weightOf(batch)\n',
        put: '    const weight = weightOf(batch)\n    this.#lent = this.#staging\n    this.#staging = null\n    this.#isPastStart = true\n',
      },
      {
        file: queue,
        find: '  written({ weight }: Batch): void {\n',
        put: '  written({ weight }: Batch): void {\n    this.#lent?.release()\n    this.#lent = null\n',
      },
    ],
  },
  takeover: {
    what: 'a claim that takes over after a lease ran out goes on in the file of the one before it',
    profile: 'stalls',
    additions: [],
    edits: [
      {
        file: 'slots/claims/take-over.ts',
        find: 'const isOurs = record.tus?.writer === lease.holder\n',
        put: 'const isOurs = true\n',
      },
    ],
  },
}
