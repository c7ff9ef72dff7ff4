import { describe, expect, it } from 'vitest'
import { nameToSave } from './save-upload.ts'

describe('nameToSave', () => {
  it.each([
    ['', 'a.png', 'a.png'],
    ['inbox/', 'a.png', 'inbox/a.png'],
    ['avatars/15-', 'a.png', 'avatars/15-a.png'],
    ['avatars/15-', '.png', 'avatars/15-.png'],
  ])('puts %j before %j', (prefix, name, expected) => {
    expect(nameToSave(prefix, name)).toBe(expected)
  })

  it.each(['.env', '..env', '.htaccess', '.titofisto'])('hides no file called %s', (name) => {
    expect(nameToSave('', name)).toMatch(/^_+[a-z]+$/)
    expect(nameToSave('inbox/', name)).toMatch(/^inbox\/_+[a-z]+$/)
  })

  it('keeps what file systems can hold, and the suffix', () => {
    const name = nameToSave('avatars/user-15-', `${'é'.repeat(125)}.png`)
    expect(name).toMatch(/^avatars\/user-15-é+\.png$/)
    expect(Buffer.byteLength(name) - 'avatars/'.length).toBeLessThanOrEqual(255)
  })
})
