// What the page asks its server.

import type { ToldRefusal } from '../page/told.ts'

/** What the server refused, in its words. */
export class Refused extends Error {}

/** Asks for something to be done. @throws Refused */
export async function ask<Told>(path: string, fields: URLSearchParams): Promise<Told> {
  return read(await fetchOrRefuse(path, { method: 'POST', body: fields }))
}

/** Asks what there is. @throws Refused */
export async function look<Told>(path: string): Promise<Told> {
  return read(await fetchOrRefuse(path, {}))
}

async function fetchOrRefuse(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, {
      ...init,
      headers: { Accept: 'application/json' },
      cache: 'no-store',
    })
  } catch {
    throw new Refused('The server does not answer. Does it still run?')
  }
}

async function read<Told>(response: Response): Promise<Told> {
  // The server's types are ours; of a proxy's own page there is nothing to be had.
  const told = (await response.json().catch(() => null)) as (Told & ToldRefusal) | null
  if (response.ok && told !== null) return told
  if (response.status === 404 && told === null)
    throw new Refused(
      'This page is over: the server was started anew. Open the link that it printed.',
    )
  throw new Refused(told?.message ?? 'That did not work.')
}

/** What went wrong, for people. */
export function sayFault(cause: unknown): string {
  return cause instanceof Refused ? cause.message : 'That did not work.'
}
