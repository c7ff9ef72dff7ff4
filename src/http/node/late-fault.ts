// Other people's functions may be async where we expect plain ones. Nobody would handle the rejection
// of such a promise, and that would end the process.

/** Handles the rejection of what a foreign call returned, if that is a promise, and returns it. */
export function hearLateFault(answer: unknown, onFault: (cause: unknown) => void): unknown {
  const { then } = (answer ?? {}) as { readonly then?: unknown }
  if (typeof then === 'function') Promise.resolve(answer).catch(onFault)
  return answer
}
