// Under which names the files of an upload were saved: for its owner, who may not see the handler run.

/** All names together may have so many characters: a slot's record keeps them. */
export const maxSavedChars = 64 * 1024

/** The names, in the order in which they were saved. */
export class SavedNames {
  /** Of very many, the first. */
  readonly names: string[] = []
  /** How often something was saved. */
  count = 0
  #chars = 0

  add(name: string): void {
    this.count += 1
    this.#chars += name.length
    // Once one has no room, none that follows has: what is listed is the beginning.
    if (this.#chars <= maxSavedChars) this.names.push(name)
  }
}
