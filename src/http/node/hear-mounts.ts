// Some frameworks tell what is mounted in them where it hangs, at once and before any request. Express
// does so where it takes a function for an application, by its `handle` and `set`; Connect, by `handle`.

import type { MountSite } from '../mount-site.ts'
import type { NodeHandler } from './node-types.ts'

/** An application of Express's that has mounted us, or one that has mounted that. */
interface ExpressApp {
  /** Gives the path of the application itself. */
  path?: () => unknown
  on?: (event: 'mount', listener: (parent: ExpressApp) => void) => unknown
}

/** Lets frameworks tell where they mount a handler; to all others it is the same function. */
export function hearMounts(handler: NodeHandler, site: MountSite): void {
  const hidden = (value: unknown): PropertyDescriptor => ({ value, writable: true })
  Object.defineProperties(handler, {
    handle: hidden(handler),
    set: hidden(() => handler),
    parent: hidden(null),
    mountpath: hidden('/'),
    emit: hidden((event: string, parent: ExpressApp) => {
      // What Express has just put there; it puts another one for the next mount.
      const { mountpath } = handler as { readonly mountpath?: unknown }
      if (event === 'mount') hearExpress(parent, mountpath, site)
    }),
    route: {
      set(path: unknown) {
        site.tell?.({}, path, '')
      },
    },
  })
}

function hearExpress(parent: ExpressApp, mountpath: unknown, site: MountSite): void {
  const source = {}
  const tell = (): void => void site.tell?.(source, mountpath, parent.path?.())
  tell()
  hearMountsAbove(parent, tell)
}

/** An application may be mounted after what hangs in it. */
function hearMountsAbove(app: ExpressApp, tell: () => void): void {
  app.on?.('mount', (parent) => {
    tell()
    hearMountsAbove(parent, tell)
  })
}
