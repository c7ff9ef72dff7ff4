// The upload slots that are open now. A store keeps slots for days after their end: of very many no more
// is looked at than is bounded here, and however many pages of the owner's ask, one look serves all.

import type { SlotStatus } from '../../slots/minting/status.ts'
import type { Titofisto } from '../../titofisto.ts'
import { formatUntil } from '../until.ts'
import { formatAmount, shareOf } from './transfers.ts'
import type { OpenRow } from './page/told.ts'

/** The slots that are open. */
export interface OpenSlots {
  readonly rows: readonly OpenRow[]
  readonly hasMore: boolean
}

const mostShown = 200
const mostLookedAt = 2000
/** How long a look serves others, and how many times longer than it took itself. */
const servesMs = 1000
const servesTimes = 10

/** Makes the look. */
export function createSlotsLook(files: Titofisto): () => Promise<OpenSlots> {
  let looking: Promise<OpenSlots> | null = null
  let freshUntilMs = 0
  return () => {
    if (looking !== null && performance.now() < freshUntilMs) return looking
    const begunMs = performance.now()
    // While it goes on, it serves whoever asks.
    freshUntilMs = Infinity
    const look = lookAtSlots(files)
    looking = look
    const settle = (): void => {
      const tookMs = performance.now() - begunMs
      freshUntilMs = performance.now() + Math.max(servesMs, servesTimes * tookMs)
    }
    void look.then(settle, () => {
      looking = null
      freshUntilMs = 0
    })
    return look
  }
}

async function lookAtSlots(files: Titofisto): Promise<OpenSlots> {
  const found: SlotStatus[] = []
  let lookedAt = 0
  let hasMore = false
  for await (const status of files.slots.list()) {
    lookedAt++
    if (lookedAt > mostLookedAt || found.length > mostShown) {
      hasMore = true
      break
    }
    if (isOpen(status)) found.push(status)
  }
  const moving = (status: SlotStatus): number => (status.state === 'open' ? 1 : 0)
  found.sort(
    (one, other) =>
      moving(one) - moving(other) || Date.parse(other.createdAt) - Date.parse(one.createdAt),
  )
  return { rows: found.slice(0, mostShown).map(toRow), hasMore }
}

const openStates: ReadonlySet<string> = new Set([
  'open',
  'receiving',
  'received',
  'handling',
  'interrupted',
])

function isOpen({ state }: SlotStatus): boolean {
  return openStates.has(state)
}

function toRow(status: SlotStatus): OpenRow {
  const { id, kind, state, receivedBytes, totalBytes, expiresAt } = status
  const hasBegun = state !== 'open' || receivedBytes > 0
  return {
    key: `slot-${id}`,
    title: `${kindWords[kind] ?? kind} ${id.slice(0, 6)}`,
    detail: hasBegun
      ? `${stateWords[state] ?? state}: ${formatAmount(receivedBytes, totalBytes)}`
      : `Waits for an upload, until ${formatUntil(Date.parse(expiresAt))}`,
    share: hasBegun ? shareOf(receivedBytes, totalBytes) : null,
    slotId: state === 'handling' || state === 'received' ? null : id,
  }
}

const kindWords: Readonly<Record<string, string>> = {
  save: 'Slot',
  inbox: 'Place of a file request',
  exec: 'Slot for the command',
}

const stateWords: Readonly<Record<string, string>> = {
  open: 'Stopped on the way',
  receiving: 'Comes in',
  received: 'Is in, and is being saved',
  handling: 'Is in, and is being saved',
  interrupted: 'Interrupted, and kept; see “titofisto slots”',
}
