// Where files, public files and slots are below the place that an application gives us.

import type { MountPlaces } from './http/target.ts'
import { toVisibleAscii } from './media/media-url.ts'
import type { Layout } from './media/question.ts'
import { optionError } from './options.ts'

/** The options that say it. */
interface LayoutOptions {
  readonly param: string
  readonly mountPath?: string
  readonly publicNamespace?: string | false
  readonly uploadNamespace?: string
}

/** A layout that has a place for slots, whether there are some yet or not. */
export type SettledLayout = Layout & { readonly uploadNamespace: string }

/** Fills in the defaults. @throws RangeError where one namespace hides the other */
export function toLayout(where: string, options: LayoutOptions, mediaUrl: string): SettledLayout {
  const { param, publicNamespace = 'public/', uploadNamespace = 'titofisto/upload/' } = options
  const layout = {
    mountPath: toVisibleAscii(options.mountPath ?? new URL(mediaUrl, 'http://localhost').pathname),
    param,
    publicNamespace: publicNamespace === false ? null : toNamespace(publicNamespace),
    uploadNamespace: toNamespace(uploadNamespace),
  }
  if (!layout.publicNamespace?.startsWith(layout.uploadNamespace)) return layout
  const reason = 'would hide the public files: it must neither be nor hold'
  const fault = { option: 'uploadNamespace', reason, other: 'publicNamespace' }
  throw optionError(where, fault, RangeError)
}

/** A folder's name gets its `/`, so that `pub` never means `publicity.pdf`. */
function toNamespace(folder: string): string {
  return folder.endsWith('/') ? folder : `${folder}/`
}

/** A layout whose place is known later. */
export function layoutAt(place: MountPlaces, layout: Layout): Layout {
  return {
    ...layout,
    get mountPath() {
      return place.mountPath
    },
    get alsoAt() {
      return place.alsoAt ?? []
    },
  }
}
