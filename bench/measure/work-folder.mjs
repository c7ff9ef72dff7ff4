// @ts-check
// Where the bench keeps files: on the disk in bench/work, and in memory where tmpfs is wanted.

import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** On the disk; git ignores it. */
export const workFolder = fileURLToPath(new URL('../work', import.meta.url))
/** In memory; the bench removes it at its end. */
export const memoryFolder = `/dev/shm/titofisto-bench-${process.pid}`

mkdirSync(workFolder, { recursive: true })
