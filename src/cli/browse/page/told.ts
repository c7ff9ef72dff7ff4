// What the owner's page and its script tell each other, as JSON.

/** What the script must know from the start. */
export interface ToldPage {
  /** The folder that is shown, with a slash at its end; `''` for all that is served. */
  readonly folder: string
  readonly takesUploads: boolean
  /** Lives of links to choose from. */
  readonly lives: readonly { readonly seconds: number; readonly text: string }[]
  /** The one that is chosen first. */
  readonly lifeSeconds: number
}

/** A link that was made. */
export interface ToldLink {
  readonly url: string
  /** Until when it works, as ISO 8601; `null` where it does not end. */
  readonly expiresAt: string | null
  /** A word on who can open it, or `''`. */
  readonly note: string
  readonly qr: ToldQr | null
}

/** A QR code: the path of an SVG whose view box has so many units each way. */
export interface ToldQr {
  readonly size: number
  readonly path: string
}

/** Where to send a file. */
export interface ToldSlot {
  readonly url: string
}

/** Something that was refused. */
export interface ToldRefusal {
  readonly message: string
}

/** Something that is open now. */
export interface OpenRow {
  /** Tells it from the others, for as long as it is there. */
  readonly key: string
  readonly title: string
  readonly detail: string
  /** How far it is, from 0 to 1; `null` where nobody knows, or nothing moves. */
  readonly share: number | null
  /** A slot that can be taken back; `null` where it is none. */
  readonly slotId: string | null
}

/** What is open now. */
export interface ToldNow {
  readonly transfers: readonly OpenRow[]
  readonly slots: readonly OpenRow[]
  /** Whether there are more slots than are told of. */
  readonly hasMore: boolean
}
