import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createLocalStorage } from './storage/local/local.ts'
import type { TitofistoOptions } from './titofisto-options.ts'
import { createTitofisto } from './titofisto.ts'

const secret = 'a secret for tests, 32 bytes and more'
const storage = createLocalStorage({ root: tmpdir() })

describe('createTitofisto', () => {
  it('makes no folder that only slots need', async () => {
    const root = await mkdtemp(join(tmpdir(), 'titofisto-no-slots-'))
    const files = createTitofisto({ secret, storage: createLocalStorage({ root }) })
    // Looking makes nothing; the first thing done with slots does.
    expect(files.slots).toBe(files.slots)
    expect(files.storage.spoolFolder).toContain(root)
    expect(await readdir(root)).toEqual([])
    expect(await files.slots.status('none')).toBeNull()
    expect(await readdir(join(root, '.titofisto'))).toContain('spool')
    await rm(root, { recursive: true })
  })

  it('makes slots that work below whatever folder it takes for them', async () => {
    const root = await mkdtemp(join(tmpdir(), 'titofisto-namespace-'))
    for (const uploadNamespace of ['up', 'a b/ü', 'what?', '100%/#1', "it's (new)"]) {
      const files = createTitofisto({
        secret,
        storage: createLocalStorage({ root }),
        mediaUrl: 'http://files.example/media/',
        uploadNamespace,
        sweepSeconds: 0,
      })
      const kind = files.slot('note', { handler: ({ file }) => file.sizeBytes })
      const answer = await files.fetch(
        new Request(await kind.url(), { method: 'POST', body: 'four' }),
      )
      expect(await answer.json()).toBe(4)
      await files.close()
    }
    await rm(root, { recursive: true })
  })

  it('defines a kind whole or not at all', async () => {
    const root = await mkdtemp(join(tmpdir(), 'titofisto-define-'))
    const files = createTitofisto({
      secret,
      storage: createLocalStorage({ root }),
      sweepSeconds: 86_400,
    })
    const wrong = { handler: () => {}, maxBytes: 0 }
    expect(() => files.slot('note', wrong)).toThrow(RangeError)
    await expect(files.slots.mint('note')).rejects.toMatchObject({ code: 'slot-kind-unknown' })
    files.slot('note', { handler: () => {} })
    expect(() => files.slot('note', { handler: () => {} })).toThrow(/defined already/)
    expect(await files.slots.mint('note')).toMatchObject({ kind: 'note' })
    await files.close()
    await rm(root, { recursive: true })
  })

  it.each(['spool', 'slots'])(
    'says in words that its folder "%s" for slots can not be made, and then defines nothing',
    async (name) => {
      const root = await mkdtemp(join(tmpdir(), 'titofisto-no-folder-'))
      const inside = createLocalStorage({ root })
      const files = createTitofisto({ secret, storage: inside })
      const blocked = name === 'spool' ? inside.spoolFolder : join(inside.spoolFolder, '..', name)
      await mkdir(join(blocked, '..'), { recursive: true })
      await writeFile(blocked, 'in the way')
      const refusal = expect(() => files.slot('note', { handler: () => {} }))
      refusal.toThrow(
        expect.objectContaining({
          code: name === 'spool' ? 'storage-failed' : 'slot-store-failed',
          message: expect.not.stringContaining(root) as string,
        }),
      )
      await rm(blocked)
      files.slot('note', { handler: () => {} })
      expect(await files.slots.mint('note')).toMatchObject({ kind: 'note' })
      await files.close()
      await rm(root, { recursive: true })
    },
  )

  it.each([undefined, null, 5, 'x', []])('refuses %j for options', (options) =>
    expect(() => createTitofisto(options as unknown as TitofistoOptions)).toThrow(TypeError),
  )

  it.each([undefined, '', 'short', 'a'.repeat(64), [], [secret, 'short'], [secret, 5], 5, {}])(
    'refuses to start with the secret %j',
    (wrong) => {
      const options = { secret: wrong, storage } as unknown as TitofistoOptions
      expect(() => createTitofisto(options)).toThrow(/"secret"/)
    },
  )

  it('never shows a secret in its refusal', () => {
    for (const options of [{ secret: 'tiny-s3cr3t' }, { secret, now: 5 }, { secret, mediaUrl: '' }])
      try {
        createTitofisto({ ...options, storage } as unknown as TitofistoOptions)
        expect.unreachable()
      } catch (error) {
        expect(String(error)).not.toMatch(/tiny-s3cr3t|a secret for tests/)
      }
  })

  it('reads its options once, when it is made, and each has its own (weakness `settings-at-import`)', async () => {
    const nowMs = 1_700_000_000_000
    const options = { secret, storage, mediaUrl: '/one/', now: () => nowMs }
    const one = createTitofisto(options)
    options.mediaUrl = '/two/'
    const two = createTitofisto({ ...options, timeoutSeconds: 5 })
    const url = await one.explain('/one/x?titofisto_token=x')
    expect(url.reason).toBe('malformed')
    expect((await two.explain('/two/x?titofisto_token=x')).reason).toBe('malformed')
    expect((await two.explain('/one/x?titofisto_token=x')).reason).toBe('foreign')
  })
})
