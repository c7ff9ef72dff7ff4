// What happens, told to whoever listens: option `onEvent`, and diagnostics channels. Each room says
// what happens in it (media-events.ts, slot-events.ts, receive-events.ts); titofisto-events.ts puts
// them together and is the one place that knows who listens.
//
// An event has names, sizes, times and slots' ids. It never has a token, a URL, a secret, an absolute
// path, what a slot was minted with, or a word of what a handler or a client said.

/** Where a room tells what happens in it. */
export interface Events<Event extends { readonly type: string }> {
  /** Whether anybody wants to hear of these. Asked before one is made, so that silence costs nothing. */
  isHeard(type: Event['type']): boolean
  /** Tells one. Never throws. */
  tell(event: Event): void
}

/** How many seconds have passed since `performance.now()` gave this. */
export function secondsSince(beganMs: number): number {
  return (performance.now() - beganMs) / 1000
}
