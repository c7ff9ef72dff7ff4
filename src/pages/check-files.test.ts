import { supportedMimeTypes } from 'file-type'
import otherTypes from 'mime/types/other.js'
import standardTypes from 'mime/types/standard.js'
import { describe, expect, it } from 'vitest'
import { isTaken } from '../receive/types/accept-list.ts'
import { checkFile } from './browser/check-files.ts'
import type { ScriptData } from './script-data.ts'
import { english } from './words/english.ts'

const types = [
  ...new Set([...Object.keys(standardTypes), ...Object.keys(otherTypes), ...supportedMimeTypes]),
  'application/x-photoshop',
  'application/x-font-ttf',
  'application/acad',
  'application/x-midi',
  'image/x-eps',
  'video/mj2',
  ...['application', 'audio', 'font', 'image', 'model', 'text', 'video'].map(
    (family) => `${family}/*`,
  ),
]

function check(accept: readonly string[], type: string, name = 'a'): string | null {
  const limits = { maxBytes: 10, minBytes: 0, maxFiles: 1, maxTotalBytes: 10, isFormOnly: false }
  const data: ScriptData = { lang: 'en', texts: english, base: 1000, ...limits, accept }
  return checkFile(data, new File(['x'], name, { type }))
}

describe('what the upload page says of a file before it is sent', () => {
  it('refuses nothing that the server takes by another name of its type', () => {
    const wronged = types.flatMap((entry) =>
      types
        .filter((type) => isTaken([entry], type) && check([entry], type) !== null)
        .map((type) => [entry, type]),
    )
    expect(wronged).toEqual([])
  })

  it.each([
    ['a document', ['image/*'], 'application/pdf'],
    ['an archive', ['image/*'], 'application/x-zip-compressed'],
    ['a text', ['image/png', 'video/*'], 'text/plain'],
    ['a picture', ['application/pdf'], 'image/png'],
    ['a film', ['image/*', '.pdf'], 'video/mp4'],
    ['sound', ['text/csv', '.csv'], 'audio/mpeg'],
  ])('refuses %s where nothing of its kind is taken', (_, accept, type) => {
    expect(check(accept, type)).not.toBeNull()
  })

  it('leaves to the server what it does not know', () => {
    for (const type of ['video/*', 'application/*']) expect(check(['image/*'], type)).toBeNull()
    expect(check(['model/*'], 'text/plain', 'a.gltf')).toBeNull()
    for (const type of ['', 'application/octet-stream', 'application/x-photoshop', 'image/vnd.dwg'])
      expect(check(['application/acad', 'image/png'], type)).toBeNull()
  })
})
