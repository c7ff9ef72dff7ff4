// File systems that refuse a call which others take, played by a library that answers for the kernel:
// Android's and SMB's can't be mounted here. The storage runs in a process of its own behind it.

import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { compileSource } from '../../tools/compile-source.mjs'
import type { CompiledSource } from '../../tools/compile-source.mjs'
import { describeUnless } from '../support/unless.ts'

const librarySource = `#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
static int refusal(const char *name) { const char *code = getenv(name); return code ? atoi(code) : 0; }
int fsync(int fd) { static int (*real)(int); if (!real) real = dlsym(RTLD_NEXT, "fsync");
  struct stat st; int code = refusal("REFUSE_FOLDER_FSYNC");
  if (code && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) { errno = code; return -1; } return real(fd); }
int link(const char *a, const char *b) { static int (*real)(const char *, const char *);
  if (!real) real = dlsym(RTLD_NEXT, "link"); int code = refusal("REFUSE_LINK");
  if (code) { errno = code; return -1; } return real(a, b); }
int fchmod(int fd, mode_t mode) { static int (*real)(int, mode_t); if (!real) real = dlsym(RTLD_NEXT, "fchmod");
  int code = refusal("REFUSE_CHMOD"); if (code) { errno = code; return -1; } return real(fd, mode); }
`

const program = `
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
const [source, root, durable] = process.argv.slice(2)
const { createLocalStorage } = await import(source + '/storage/local/local.js')
const storage = createLocalStorage({ root, durable: durable === 'true', fileMode: 0o604, folderMode: 0o705 })
const said = []
const note = async (promise) => said.push(await promise.then(String, (error) => error.code + ' ' + error.cause?.code))
await note(storage.save('a/f', 'one', { onTaken: 'refuse' }))
await note(storage.save('a/f', 'two', { onTaken: 'refuse' }))
await note(storage.save('a/f', 'three', { onTaken: 'replace' }))
mkdirSync(storage.spoolFolder, { recursive: true })
writeFileSync(storage.spoolFolder + '/upload', 'four')
await note(storage.adopt('b', storage.spoolFolder + '/upload', { keepSpooled: true }))
await note(storage.adopt('c', storage.spoolFolder + '/upload'))
const moves = await Promise.allSettled([storage.move('b', 'd'), storage.move('b', 'd2')])
said.push(moves.filter(({ status }) => status === 'fulfilled').length)
await note(storage.move('c', 'a/f', { onTaken: 'refuse' }))
await note(storage.delete('c'))
const { createTitofisto } = await import(source + '/index.js')
const secret = 'a secret that is long enough for a test'
const files = createTitofisto({ storage, secret, durable: durable === 'true', log: () => {} })
const kind = files.slot('letters', { handler: ({ file }) => file.save('letters/' + file.originalName) })
const form = new FormData()
form.append('file', new Blob(['five']), 'form')
for (const init of [{ method: 'PUT', body: 'five' }, { method: 'POST', body: form }]) {
  const url = new URL(await kind.url(), 'http://localhost')
  said.push((await files.fetch(new Request(url, init))).status)
}
await files.close()
for (const { name } of (await storage.list({ prefix: 'letters/' })).files) await note(storage.delete(name))
const left = (await storage.list()).files.map(({ name }) => name.replace('d2', 'd') + '=' + readFileSync(root + '/' + name))
console.log(JSON.stringify({ said, left }))
`

const codes = {
  EPERM: 1,
  EACCES: 13,
  EBADF: 9,
  EISDIR: 21,
  EINVAL: 22,
  EROFS: 30,
  EMLINK: 31,
  ENOSYS: 38,
  ENOTSUP: 95,
}

const canCompile = hasCompiler()

describeUnless(canCompile ? null : 'it needs gcc on Linux', 'a file system', () => {
  let folder: string
  let library: string
  let source: CompiledSource

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'titofisto-refusing-'))
    library = join(folder, 'refusing.so')
    writeFileSync(join(folder, 'refusing.c'), librarySource)
    writeFileSync(join(folder, 'program.mjs'), program)
    execFileSync('gcc', ['-shared', '-fPIC', '-o', library, join(folder, 'refusing.c'), '-ldl'])
    source = await compileSource()
  }, 120_000)

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true })
    await source.remove()
  })

  async function run(refusals: Record<string, number>, durable: boolean): Promise<unknown> {
    const root = mkdtempSync(join(folder, 'root-'))
    const env = Object.fromEntries(
      Object.entries(refusals).map(([call, code]) => [call, String(code)]),
    )
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(folder, 'program.mjs'), source.folder, root, String(durable)],
      { env: { ...process.env, ...env, LD_PRELOAD: library } },
    )
    return JSON.parse(stdout)
  }

  const asEverywhere = {
    said: [
      'a/f',
      'name-taken undefined',
      'a/f',
      'b',
      'c',
      1,
      'name-taken undefined',
      'true',
      200,
      200,
      'true',
      'true',
    ],
    left: ['a/f=three', 'd=four'],
  }

  const refusals: readonly (readonly [call: string, names: readonly (keyof typeof codes)[]])[] = [
    ['REFUSE_FOLDER_FSYNC', ['EINVAL', 'ENOTSUP', 'EPERM', 'EACCES', 'EISDIR', 'EBADF', 'ENOSYS']],
    ['REFUSE_CHMOD', ['EPERM', 'EACCES', 'ENOTSUP', 'EROFS', 'ENOSYS', 'EINVAL']],
    ['REFUSE_LINK', ['EACCES', 'EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK']],
  ]
  const cases = refusals.flatMap(([call, names]) => names.map((name) => [call, name] as const))

  it.each(cases)(
    'that answers %s with %s keeps files all the same',
    async (call, name) => {
      expect(await run({ [call]: codes[name] }, true)).toEqual(asEverywhere)
      expect(await run({ [call]: codes[name] }, false)).toEqual(asEverywhere)
    },
    60_000,
  )

  it('that refuses all three keeps files all the same', async () => {
    const all = { REFUSE_FOLDER_FSYNC: 22, REFUSE_CHMOD: 1, REFUSE_LINK: 13 }
    expect(await run(all, true)).toEqual(asEverywhere)
  }, 60_000)
})

function hasCompiler(): boolean {
  try {
    execFileSync('gcc', ['--version'], { stdio: 'ignore' })
    return process.platform === 'linux'
  } catch {
    return false
  }
}
