// Under which names the files of an upload were saved: for its owner, who may not see the handler run.

/** All names together may have so many characters: a slot's record keeps them. */
export const maxSavedChars = 64 * 1024

/** The names, in the order in which they were saved. */
export class SavedNames {
  /** How often something was saved. */
  count = 0
  readonly #names: string[] = []
  #chars = 0

  /** Of very many, the first. A copy: a handler that did not wait for its saves may go on. */
  get names(): readonly string[] {
    return [...this.#names]
  }

  add(name: string): void {
    this.count += 1
    this.#chars += name.length
    // Once one has no room, none that follows has: what is listed is the beginning.
    if (this.#chars <= maxSavedChars) this.#names.push(name)
  }
}
