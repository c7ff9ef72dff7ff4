/** Why the owner's page can't do what was asked for, in words for the owner. */
export class OwnerRefusal extends Error {
  readonly status: number

  constructor(status: number, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = 'OwnerRefusal'
    this.status = status
  }
}
