import { getHeapSpaceStatistics } from 'node:v8'
import { expect, it } from 'vitest'
import { keepHeapRoomy } from './roomy-heap.ts'

it('a server of files holds as much of a heap as an application', () => {
  const before = largeObjectBytes()
  keepHeapRoomy()
  expect(largeObjectBytes() - before).toBeGreaterThan(12 * 1024 * 1024)
})

function largeObjectBytes(): number {
  const spaces = getHeapSpaceStatistics().filter((space) => /large/.test(space.space_name))
  return spaces.reduce((sum, space) => sum + space.space_used_size, 0)
}
