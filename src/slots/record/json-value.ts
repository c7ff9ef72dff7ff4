// What a slot's arguments and results may be: values that a store can write down and read back the
// same, in another process or next week.

/** A value that JSON carries without loss. Properties that are `undefined` count as absent. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined }

/**
 * Says which part of a value JSON would lose or change, as the end of a sentence, or `null` where
 * the value comes back the same.
 */
export function whyNotJson(value: unknown, path = ''): string | null {
  if (value === null || typeof value === 'boolean') return null
  if (typeof value === 'string')
    return value.isWellFormed() ? null : `${placeOf(path)} is not well-formed Unicode`
  if (typeof value === 'number')
    return Number.isFinite(value) ? null : `${placeOf(path)} is not a finite number`
  if (typeof value === 'object') return whyNotJsonObject(value, path)
  return `${placeOf(path)} is of type ${typeof value}`
}

// Deeper than any honest argument, and shallow enough for the stack.
const maxDepth = 100

function whyNotJsonObject(value: object, path: string): string | null {
  // A cycle is endlessly deep, so one check finds both.
  if (path.split('.').length > maxDepth) return `${placeOf('')} is nested too deeply`
  if (Array.isArray(value)) {
    for (const [index, element] of value.entries()) {
      const reason = whyNotJson(element, `${path}.${index}`)
      if (reason !== null) return reason
    }
    return null
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null)
    return `${placeOf(path)} is a ${value.constructor.name}, not a plain object`
  for (const [key, property] of Object.entries(value)) {
    const reason = property === undefined ? null : whyNotJson(property, `${path}.${key}`)
    if (reason !== null) return reason
  }
  return null
}

function placeOf(path: string): string {
  return path === '' ? 'the value' : `"${path.slice(1)}"`
}
