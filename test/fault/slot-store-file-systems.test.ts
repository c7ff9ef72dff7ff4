// The file store where there are no hard links and capitals don't count: on memory cards, USB
// sticks and shared storage of Android. The same contract, also between processes.

import { mkdirSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, it } from 'vitest'
import { createFileSlotStore } from '../../src/slots/stores/file.ts'
import { slotStoreContract } from '../../src/testing/slot-store-contract.ts'
import { compileSource } from '../../tools/compile-source.mjs'
import type { CompiledSource } from '../../tools/compile-source.mjs'
import { imageKinds, mountImage, whyNoImage } from '../support/mounted-image.ts'
import type { MountedImage } from '../support/mounted-image.ts'
import { shareFileStore } from '../support/shared-slot-store.ts'
import { describeUnless } from '../support/unless.ts'

for (const kind of imageKinds) {
  const reason = whyNoImage(kind)
  const name = `the file store on ${kind.name}`
  describeUnless(reason, name, () => {
    let source: CompiledSource
    let image: MountedImage

    beforeAll(async () => {
      source = await compileSource()
      image = mountImage(kind)
      mkdirSync(join(image.folder, 'stores'))
    })

    afterAll(async () => {
      image.unmount()
      await source.remove()
    })

    for (const { name: fact, run } of slotStoreContract)
      it(
        fact,
        async () => {
          const folder = mkdtempSync(join(image.folder, 'stores/of-'))
          const others = [1, 2].map(() => shareFileStore(source.folder, folder))
          await run(createFileSlotStore({ folder, durable: false }), others)
          await Promise.all(others.map((other) => other.stop()))
        },
        120_000,
      )

    it('keeps what it flushes, too', async () => {
      const folder = mkdtempSync(join(image.folder, 'stores/flushing-'))
      const [first] = slotStoreContract
      await first?.run(createFileSlotStore({ folder }))
    })
  })
}
