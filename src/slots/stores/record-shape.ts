// The shapes of what a store gives back, which may be anything.

/** Whether a value is of some shape; what it has besides is nobody's business. */
export type Shape = (value: unknown) => boolean

/** A text. */
export const isText: Shape = (value) => typeof value === 'string'
/** A number that can be reckoned with. */
export const isNumber: Shape = (value) => Number.isFinite(value)
/** `true` or `false`. */
export const isBoolean: Shape = (value) => typeof value === 'boolean'

/** What has the shape, or `null`. */
export function orNull(shape: Shape): Shape {
  return (value) => value === null || shape(value)
}

/** What has the shape, or is not there. */
export function orAbsent(shape: Shape): Shape {
  return (value) => value === undefined || shape(value)
}

/** An array of what has the shape. */
export function listOf(shape: Shape): Shape {
  return (value) => Array.isArray(value) && value.every(shape)
}

/** An object whose parts have these shapes; what else it has doesn't matter. */
export function objectOf(parts: Readonly<Record<string, Shape>>): Shape {
  const entries = Object.entries(parts)
  return (value) => isObject(value) && entries.every(([name, shape]) => shape(value[name]))
}

/** An object, or an array. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
