import { describe, expect, it } from 'vitest'
import { createBacklog } from './backlog.ts'

describe('a backlog', () => {
  it('makes the sender wait above one bound, and go on below another', () => {
    const told: string[] = []
    const backlog = createBacklog({
      pause: () => told.push('pause'),
      resume: () => told.push('resume'),
    })
    for (let count = 0; count < 5; count += 1) backlog.add(1024 * 1024)
    expect(told).toEqual(['pause'])
    for (let count = 0; count < 5; count += 1) backlog.remove(1024 * 1024)
    expect(told).toEqual(['pause', 'resume'])
  })

  it('is shorter where many share the memory', () => {
    const others = Array.from({ length: 20 }, () => createBacklog({ pause() {}, resume() {} }))
    for (const other of others) other.add(4 * 1024 * 1024)
    let isPaused = false
    const backlog = createBacklog({
      pause: () => (isPaused = true),
      resume: () => (isPaused = false),
    })
    backlog.add(1024 * 1024)
    expect(isPaused).toBe(true)
    backlog.remove(1024 * 1024)
    expect(isPaused).toBe(false)
    for (const other of others) other.remove(4 * 1024 * 1024)
  })
})
