// What the system says when a file call fails, and the calls whose failing is an answer.

/** What the system calls an error; ours and others' have no such word. */
export function codeOf(error: unknown): string {
  const isSystemError = error instanceof Error && 'code' in error && typeof error.code === 'string'
  return isSystemError ? String(error.code) : 'none'
}

/** What a call gives, or `null` where it fails with one of these codes; at once where the call is. */
export function orNull<Value>(
  codes: readonly string[],
  work: () => Promise<Value> | Value,
): Promise<Value | null> | Value | null {
  function toNull(error: unknown): null {
    if (codes.includes(codeOf(error))) return null
    throw error
  }
  try {
    const value = work()
    return value instanceof Promise ? value.catch(toNull) : value
  } catch (error) {
    return toNull(error)
  }
}

/** Makes a call that may fail with this code. */
export function ignoring(
  code: string,
  work: () => Promise<void> | void,
): Promise<void | null> | void | null {
  return orNull([code], work)
}
