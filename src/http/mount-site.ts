// Where an application has hung us: what a door must know of it, and what frameworks tell.

import type { MountPlaces } from './target.ts'

/** The place of a door in an application. */
export interface MountSite extends MountPlaces {
  /**
   * Takes what a framework says before any request comes: the path that the handler hangs under in an
   * application which is itself below `base`; neither is found where it is a pattern. The same
   * `source` again takes the place of what it said before. Gives the mount path that comes of it.
   */
  tell?(source: object, path: unknown, base: unknown): string
  /** Takes the path that a router has cut from a request, where nothing is known of it. */
  notice?(prefix: string): void
}
