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

const writer = 'receive/spool/spool-writer.ts'

/** @type {Readonly<Record<'staging' | 'takeover', PlantedFault>>} */
export const plantedFaults = {
  staging: {
    what: 'borrowed memory is given back while bytes in it still wait for the disk',
    profile: 'forms',
    additions: [{ file: 'receive/spool/staging.ts', from: 'staging.ts.txt' }],
    edits: [
      {
        file: writer,
        find: "import type { Backlog } from './backlog.ts'\n",
        put: "import type { Backlog } from './backlog.ts'\nimport { createStaging } from './staging.ts'\n",
      },
      {
        file: writer,
        find: '  #queuedWeight = 0\n',
        put: '  #queuedWeight = 0\n  #staging: any = null\n  #isPastStart = false\n',
      },
      {
        file: writer,
        find: '    this.#queue.push(chunk)\n',
        put: '    if (!this.#isPastStart) this.#staging ??= createStaging()\n    this.#queue.push(this.#staging?.keep(chunk) ?? chunk)\n',
      },
      {
        file: writer,
        find: '    const weight = weightOf(batch)\n',
        put: '    const weight = weightOf(batch)\n    const staging = this.#staging\n    this.#staging = null\n    this.#isPastStart = true\n',
      },
      {
        file: writer,
        find: '      this.#isBusy = false\n      this.#queuedWeight -= weight\n',
        put: '      this.#isBusy = false\n      staging?.release()\n      this.#queuedWeight -= weight\n',
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
