// What a process leaves in a server's store and spool that dies in the middle of an upload.

import { utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { claimSlot, markReceived } from '../../src/slots/record/claim-moves.ts'
import type { Move } from '../../src/slots/record/lifecycle.ts'
import type { Lease, SlotRecord } from '../../src/slots/record/slot.ts'
import type { SlotServer } from './slot-server.ts'

/** The lease that the dead process had, from now on. */
export function deadLease(nowMs: number): Lease {
  return { holder: 'dead-process', untilMs: nowMs + 30_000 }
}

/** Claims a slot in its name. */
export async function claimAsDead(
  server: SlotServer,
  id: string,
  nowMs: number,
): Promise<SlotRecord> {
  const { records } = await server.store.list()
  const record = records.find((each) => each.id === id)
  if (record === undefined) throw new Error('the slot was minted')
  const wanted = { lease: deadLease(nowMs), idempotencyDigest: null, partial: null }
  const move = claimSlot(record, wanted, { nowMs, lifeOf: () => 'unknown' })
  return changeRecord(server, record, move)
}

/** Makes a move that the slot must allow. */
export async function changeRecord(
  { store }: SlotServer,
  record: SlotRecord,
  move: Move,
): Promise<SlotRecord> {
  if (!move.moved) throw new Error(`refused: ${move.refusal}`)
  expect(await store.replace(move.record, record.revision)).toBe(true)
  return move.record
}

/** Puts bytes into the spool in its name, and gives them as an upload. */
export async function spoolAsDead(
  { storage }: SlotServer,
  id: string,
  text: string,
): Promise<Parameters<typeof markReceived>[2]> {
  const path = join(storage.spoolFolder, `${id}.dead-process-0`)
  await writeFile(path, text)
  const facts = { fieldName: null, originalName: null, name: 'file', sniffedType: null, path }
  return { files: [{ ...facts, type: 'text/plain', sizeBytes: text.length }], fields: [] }
}

/** Puts a file into the spool that is so old. */
export async function leaveInSpool(
  { storage }: SlotServer,
  name: string,
  ageMs: number,
): Promise<void> {
  const path = join(storage.spoolFolder, name)
  await writeFile(path, 'left')
  await makeOld(path, ageMs)
}

/** Makes a file so old. */
export async function makeOld(path: string, ageMs: number): Promise<void> {
  const time = new Date(Date.now() - ageMs)
  await utimes(path, time, time)
}
