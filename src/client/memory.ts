// What a window remembers of an upload over a reload: the key that its answer is given to. It is
// the window's own (sessionStorage), so that two windows never take each other's upload for theirs.

import { browser } from './browser.ts'
import { hash, randomText } from './fingerprint.ts'

/** An upload that this window has begun, now or before it was loaded again. */
export interface Remembered {
  /** The upload's `Idempotency-Key`. */
  readonly key: string
  readonly isFromBefore: boolean
  /** Its answer is here. */
  readonly forget: () => void
}

/** Finds what is remembered of this file's upload to a slot, or begins to remember. */
export function rememberUpload(slotUrl: string, metadata: string): Remembered {
  // The URL is a secret that may be used; what is kept shows neither it nor the file's name.
  const digest = hash(new TextEncoder().encode(`${slotUrl}\n${metadata}`))
  const name = `titofisto-upload ${digest}`
  const known = withStorage((storage) => storage.getItem(name)) ?? null
  const key = known ?? randomText()
  withStorage((storage) => storage.setItem(name, key))
  return {
    key,
    isFromBefore: known !== null,
    forget: () => withStorage((storage) => storage.removeItem(name)),
  }
}

/** Storage may be missing, full, or forbidden: then nothing is remembered. */
function withStorage<Value>(
  use: (storage: NonNullable<typeof browser.sessionStorage>) => Value,
): Value | undefined {
  try {
    const { sessionStorage } = browser
    return sessionStorage && use(sessionStorage)
  } catch {
    return undefined
  }
}
