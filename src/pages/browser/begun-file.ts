// The name of a file that was sent in part, so that the page can ask for it after a reload. The slot's
// id is not a secret by itself; its URL is, and stays out of it.

/** What was begun at the slot of this URL; `null`: nothing. */
export function recallBegun(slotUrl: string): string | null {
  try {
    return localStorage.getItem(keyOf(slotUrl))
  } catch {
    return null
  }
}

/** Remembers a name, or forgets it. */
export function rememberBegun(slotUrl: string, fileName: string | null): void {
  try {
    if (fileName === null) localStorage.removeItem(keyOf(slotUrl))
    else localStorage.setItem(keyOf(slotUrl), fileName)
  } catch {
    // Private windows may have no place for it.
  }
}

/** `…/<id>/<token>`: the id. */
function keyOf(slotUrl: string): string {
  const parts = new URL(slotUrl).pathname.replace(/\/$/, '').split('/')
  return `titofisto:${parts.at(-2) ?? ''}`
}
