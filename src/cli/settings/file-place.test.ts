import { describe, expect, it } from 'vitest'
import { CliFailure } from '../cli-failure.ts'
import { filePlaceOf } from './file-place.ts'
import type { SettingName, Settings } from './settings.ts'

function settingsOf(texts: Readonly<Partial<Record<SettingName, string>>>): Settings {
  return {
    secret: null,
    find(name) {
      const text = texts[name]
      return text === undefined ? null : { text, source: `--${name}` }
    },
  }
}

describe('the place of the files', () => {
  it('is the folder that is named, or the current one', () => {
    expect(filePlaceOf(settingsOf({ root: './a' }))).toMatchObject({ kind: 'folder', root: './a' })
    expect(filePlaceOf(settingsOf({}))).toMatchObject({ kind: 'folder', root: '.' })
  })

  it.each([
    ['s3://letters', 'letters', ''],
    ['s3://letters/', 'letters', ''],
    ['s3://my.letters/media', 'my.letters', 'media/'],
    ['s3://letters/a b/%2F?#ä/', 'letters', 'a b/%2F?#ä/'],
  ])('%s is a bucket, and a folder in it, as they stand there', (s3, bucket, prefix) => {
    const shown = `s3://${bucket}/${prefix}`
    expect(filePlaceOf(settingsOf({ s3 }))).toEqual({ kind: 'bucket', shown, bucket, prefix })
  })

  it.each(['', 'letters', 'https://letters', 's3://', 's3:///x', 's3://key:hunter2@letters/x'])(
    '%j is refused, and not repeated',
    (s3) => {
      const parse = () => filePlaceOf(settingsOf({ s3 }))
      expect(parse).toThrow(CliFailure)
      expect(parse).toThrow(/^--s3 must be s3:\/\/BUCKET or s3:\/\/BUCKET\/FOLDER\.$/)
    },
  )

  it('is one', () => {
    const parse = () => filePlaceOf(settingsOf({ root: 'a', s3: 's3://letters' }))
    expect(parse).toThrow('Both --root and --s3 are set; the files are in one place.')
  })
})
