// Other people's functions may be async where ours expect none: a promise of theirs that rejects with
// nobody listening would end the process.

/** Listens to what a foreign call gave, if that is a promise; gives it back. */
export function hearLateFault(answer: unknown, onFault: (cause: unknown) => void): unknown {
  const { then } = (answer ?? {}) as { readonly then?: unknown }
  if (typeof then === 'function') Promise.resolve(answer).catch(onFault)
  return answer
}
