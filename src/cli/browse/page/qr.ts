// QR codes as paths of an SVG: text made of numbers, which a page can show without parsing markup.

import { encode } from 'uqr'
import { markup, type Html } from '../../../pages/html.ts'
import type { ToldQr } from './told.ts'

/** Longer ones make codes that no phone reads from a screen. */
const maxLength = 1000

/** The code of a URL; `null` where it is too long for one. */
export function toQr(url: string): ToldQr | null {
  if (url.length > maxLength) return null
  const { data, size } = encode(url, { border: 2, ecc: 'L' })
  let path = ''
  for (const [y, row] of data.entries()) {
    let start = -1
    for (const [x, isDark] of [...row, false].entries()) {
      if (isDark && start < 0) start = x
      if (isDark || start < 0) continue
      path += `M${start} ${y}h${x - start}v1H${start}z`
      start = -1
    }
  }
  return { size, path }
}

/** The code as a picture. */
export function formatQr(url: string, label: string): Html | null {
  const qr = toQr(url)
  if (qr === null) return null
  return markup`<svg class="qr" role="img" aria-label="${label}" viewBox="0 0 ${qr.size} ${qr.size}" shape-rendering="crispEdges"><path d="${qr.path}" /></svg>`
}
