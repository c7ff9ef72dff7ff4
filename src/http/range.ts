// Range requests for bytes (RFC 9110 14.1, 14.2). What is malformed or in a foreign unit is
// ignored, as the RFC asks; a flood of ranges gets the whole file.

import type { ByteSpan } from './exchange.ts'

/** What a `Range` header asks of a file. */
export type RangeDecision =
  | { readonly kind: 'whole' }
  | { readonly kind: 'spans'; readonly spans: readonly ByteSpan[] }
  | { readonly kind: 'unsatisfiable' }

/** More ranges than this, after merging, get the whole file. */
export const maxSpans = 16

/** Ranges closer than this are cheaper sent as one: a part's own head is about this long. */
const mergeGapBytes = 80

const whole: RangeDecision = { kind: 'whole' }
const unsatisfiable: RangeDecision = { kind: 'unsatisfiable' }

/** Decides which bytes of a file of `sizeBytes` a `Range` header means. */
export function decideRange(header: string, sizeBytes: number): RangeDecision {
  // Of an empty file there is no part, and no Content-Range that could say so: the header is ignored,
  // as it may be (RFC 9110 14.2). Clients that ask so for every file would else never get this one.
  if (sizeBytes === 0) return whole
  const specs = parseRangeHeader(header)
  if (specs === null) return whole
  const spans: ByteSpan[] = []
  for (const spec of specs) {
    const span = toSpan(spec, sizeBytes)
    if (span !== null) spans.push(span)
  }
  if (spans.length === 0) return unsatisfiable
  const merged = mergeSpans(spans)
  return merged.length > maxSpans ? whole : { kind: 'spans', spans: merged }
}

/** `first-last`, `first-` (last is Infinity) or `-last` (first is null, last counts from the end). */
interface RangeSpec {
  readonly first: number | null
  readonly last: number
}

function parseRangeHeader(header: string): RangeSpec[] | null {
  if (!/^bytes=/i.test(header)) return null
  const specs: RangeSpec[] = []
  for (const part of header.slice(6).split(',')) {
    const text = part.trim()
    // A list may have empty elements (RFC 9110 5.6.1).
    if (text === '') continue
    const match = /^(\d*)-(\d*)$/.exec(text)
    const [, first = '', last = ''] = match ?? []
    if (match === null || (first === '' && last === '')) return null
    const spec = {
      first: first === '' ? null : Number(first),
      last: last === '' ? Infinity : Number(last),
    }
    if (spec.first !== null && spec.last < spec.first) return null
    specs.push(spec)
  }
  return specs.length === 0 ? null : specs
}

function toSpan(spec: RangeSpec, sizeBytes: number): ByteSpan | null {
  if (spec.first === null) {
    const startByte = Math.max(sizeBytes - spec.last, 0)
    return startByte < sizeBytes ? { startByte, endByte: sizeBytes } : null
  }
  if (spec.first >= sizeBytes) return null
  return { startByte: spec.first, endByte: Math.min(spec.last + 1, sizeBytes) }
}

/** Joins what overlaps or nearly touches; keeps the client's order where there is nothing to join. */
function mergeSpans(spans: readonly ByteSpan[]): readonly ByteSpan[] {
  const merged: { startByte: number; endByte: number }[] = []
  for (const span of spans.toSorted((a, b) => a.startByte - b.startByte)) {
    const last = merged.at(-1)
    if (last !== undefined && span.startByte <= last.endByte + mergeGapBytes)
      last.endByte = Math.max(last.endByte, span.endByte)
    else merged.push({ ...span })
  }
  return merged.length === spans.length ? spans : merged
}
