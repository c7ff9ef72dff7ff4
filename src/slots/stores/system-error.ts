// What the system says when a file call fails, and the calls whose failing is an answer.

/** What the system calls an error; ours and others' have no such word. */
export function codeOf(error: unknown): string {
  const isSystemError = error instanceof Error && 'code' in error && typeof error.code === 'string'
  return isSystemError ? String(error.code) : 'none'
}

/** What a call gives, or `null` where it fails with one of these codes. */
export async function orNull<Value>(
  codes: readonly string[],
  work: () => Promise<Value> | Value,
): Promise<Value | null> {
  try {
    return await work()
  } catch (error) {
    if (codes.includes(codeOf(error))) return null
    throw error
  }
}

/** Makes a call that may fail with this code. */
export async function ignoring(code: string, work: () => Promise<void> | void): Promise<void> {
  await orNull([code], work)
}
