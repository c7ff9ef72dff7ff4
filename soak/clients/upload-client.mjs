// @ts-check
// One client's life: gets a slot, uploads in its way, and comes to a conclusion.

import { setTimeout as sleep } from 'node:timers/promises'
import { SlotClient } from './slot-client.mjs'
import { uploadByTus, uploadByTwo } from './tus-upload.mjs'
import { uploadDouble, uploadWhole } from './whole-upload.mjs'

/**
 * @param {import('./plan.mjs').Plan} plan
 * @param {import('../servers/ground.mjs').Ground} ground
 * @param {import('../ledger.mjs').Ledger} ledger
 * @param {{ readonly isOver: () => boolean, readonly isCutOff: () => boolean }} clock Whether no client is to begin, and none to go on.
 * @returns {Promise<import('../ledger.mjs').SlotEntry | null>} `null` where the soak was over before there was a slot.
 */
export async function runClient(plan, ground, ledger, clock) {
  const ticket = await mint(plan, ground, clock.isOver)
  if (ticket === null) return null
  const entry = ledger.mint({ id: ticket.id, plan, ground })
  const client = new SlotClient(entry, ticket.url, ledger, clock.isCutOff)
  entry.conclusion = await upload(client)
  entry.finishedMs = Date.now()
  if (entry.conclusion === 'done') ledger.counts.done += 1
  return entry
}

/** @param {SlotClient} client */
function upload(client) {
  switch (client.plan.way) {
    case 'tus':
      return uploadByTus(client)
    case 'double-tus':
      return uploadByTwo(client)
    case 'double':
      return uploadDouble(client)
    case 'raw':
    case 'form':
      return uploadWhole(client)
  }
}

/**
 * @param {import('./plan.mjs').Plan} plan
 * @param {import('../servers/ground.mjs').Ground} ground
 * @param {() => boolean} isOver
 * @returns {Promise<{ id: string, url: string } | null>}
 */
async function mint({ kind, args, chance }, ground, isOver) {
  while (!isOver()) {
    const awake = ground.servers.filter((server) => server.isUp && server.frozenMs === 0)
    if (awake.length > 0) {
      const minted = await chance
        .pick(awake)
        .ask('mint', { kind, args, overrides: {} })
        .catch(() => null)
      if (minted !== null) return minted
    }
    await sleep(chance.whole(50, 200))
  }
  return null
}
