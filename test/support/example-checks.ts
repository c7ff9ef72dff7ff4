// What the programs made of docstrings' examples check with.

import { inspect, isDeepStrictEqual } from 'node:util'

/** In an object that is expected: there may be more fields. */
export const more: unique symbol = Symbol('more')

const ran = new Set<number>()

/** Says so and fails where the value is not what the example says. */
export async function check(
  id: number,
  give: () => Promise<unknown>,
  expected: unknown,
): Promise<void> {
  const value = await give()
  ran.add(id)
  if (!isAsSaid(value, expected)) fail(`gives ${inspect(value)}, not ${inspect(expected)}`)
}

/** Says so and fails where nothing is thrown, or something of another code or class. */
export async function checkThrows(
  id: number,
  give: () => Promise<unknown>,
  expected: string,
): Promise<void> {
  ran.add(id)
  try {
    fail(`throws nothing, but gives ${inspect(await give())}`)
  } catch (error) {
    const { code, name } = error as { code?: unknown; name?: unknown }
    if (code !== expected && name !== expected) fail(`throws ${inspect(error)}, not ${expected}`)
  }
}

/** What is to be done when the example is over. */
export const atEnd: (() => unknown)[] = []

/** Fails where a line that says something never ran, and ends what was given. */
export async function finish(checks: number): Promise<void> {
  if (ran.size !== checks) fail(`runs ${ran.size} of its ${checks} lines with a result`)
  for (const end of atEnd) await end()
}

function fail(what: string): void {
  console.error(`The example ${what}.`)
  process.exitCode = 1
}

function isAsSaid(value: unknown, expected: unknown): boolean {
  if (typeof expected === 'string') return typeof value === 'string' && fits(value, expected)
  if (Array.isArray(expected))
    return (
      Array.isArray(value) &&
      value.length === expected.length &&
      expected.every((each, index) => isAsSaid(value[index], each))
    )
  if (typeof expected !== 'object' || expected === null) return isDeepStrictEqual(value, expected)
  if (typeof value !== 'object' || value === null) return false
  const names = Object.keys(expected)
  if (!(more in expected) && Object.keys(value).length !== names.length) return false
  return names.every((name) => isAsSaid(Reflect.get(value, name), Reflect.get(expected, name)))
}

function fits(text: string, pattern: string): boolean {
  const parts = pattern
    .split('…')
    .map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`))
  return new RegExp(`^${parts.join('[^]*')}$`, 'u').test(text)
}
