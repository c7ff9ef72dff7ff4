// An upload to a slot of the command line, by another program.

import { expect } from 'vitest'

/** Sends bare bytes under the name `a.txt`, and gives what the slot answered. */
export async function putFile(url: string, text: string): Promise<Record<string, string>> {
  const answer = await fetch(`${url}?filename=a.txt`, { method: 'PUT', body: text })
  expect(answer.status).toBe(200)
  return (await answer.json()) as Record<string, string>
}
