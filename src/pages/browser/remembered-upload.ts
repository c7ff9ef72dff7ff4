// What is remembered of an upload that was begun, so that it can go on after a reload. The slot's id
// is not a secret by itself; its URL is, and stays out of it.

/** An upload that was begun. */
export interface RememberedUpload {
  readonly name: string
  readonly sizeBytes: number
  readonly modifiedMs: number
  /** As it was sent: random enough that no other upload has the same. */
  readonly metadata: string
  readonly idempotencyKey: string
}

/** What is remembered of the slot at this URL; `null` where nothing is. */
export function recall(slotUrl: string): RememberedUpload | null {
  try {
    return JSON.parse(localStorage.getItem(keyOf(slotUrl)) ?? 'null') as RememberedUpload | null
  } catch {
    return null
  }
}

/** Remembers an upload; without a place to do so, it will begin anew after a reload. */
export function remember(slotUrl: string, upload: RememberedUpload | null): void {
  try {
    if (upload === null) localStorage.removeItem(keyOf(slotUrl))
    else localStorage.setItem(keyOf(slotUrl), JSON.stringify(upload))
  } catch {
    // Private windows may have none.
  }
}

/** Whether a file is the one that was begun, as far as can be told without reading it. */
export function isSameFile(upload: RememberedUpload, file: File): boolean {
  return (
    upload.name === file.name &&
    upload.sizeBytes === file.size &&
    upload.modifiedMs === file.lastModified
  )
}

/** `…/<id>/<token>`: the id. */
function keyOf(slotUrl: string): string {
  const parts = new URL(slotUrl).pathname.replace(/\/$/, '').split('/')
  return `titofisto:${parts.at(-2) ?? ''}`
}
