import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { formatPageScript, readPageScript } from '../../tools/page-script.mjs'
import { pageScript } from './script.ts'

describe("the upload page's script", () => {
  it('is made of what stands in src/pages/browser/ (npm run build makes it anew)', async () => {
    expect(readPageScript()).toBe(await formatPageScript())
  })

  it('is small: each page has all of it', () => {
    expect(gzipSync(pageScript).length).toBeLessThan(10 * 1024)
  })

  it('parses no markup and evaluates no text', () => {
    expect(pageScript).not.toMatch(
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\(/,
    )
  })
})
