// Runs the two minting programs of docs/token-format.md, as they stand there, and checks what they
// print with our own code.

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKeyring } from '../../src/token/keyring.ts'
import { parseNativeToken, signNativeToken, verifyNativeToken } from '../../src/token/native.ts'

const run = promisify(execFile)
const secret = 'geheïm-密钥-🔑 %$\'"\\ of more than 32 bytes'
const keyring = createKeyring([secret], 'media')

let folder: string
let root: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'titofisto-mint-'))
  root = join(folder, 'media')
  for (const program of ['mint.py', 'mint.sh'])
    await writeFile(join(folder, program), await readProgram(program))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function readProgram(program: string): Promise<string> {
  const page = await readFile(new URL('../../docs/token-format.md', import.meta.url), 'utf8')
  const block = page.split(`<!-- ${program} -->`)[1]?.match(/```\w+\n([\s\S]*?)```/)?.[1]
  if (block === undefined) throw new Error(`docs/token-format.md has no ${program}`)
  return block
}

const programs = [
  ['Python', 'python3', 'mint.py'],
  ['shell', 'sh', 'mint.sh'],
] as const

const files = [
  ['a plain name', 'reports/2026.pdf', 'content', 1_690_000_000.123456],
  ['a name of any letters', 'ä ß/文件 %2F 😀 \'quoted" $HOME `id` $(id) *.txt', 'x', 1_700_000_000],
  ['a name that looks like a flag', '-rf', 'x', 1_700_000_000.000001],
  ['a name like a token', '1r31eq.e600:x?titofisto_token=1', 'x', 1_700_000_000.999999],
  ['an empty file of the year 1970', 'empty', '', 0],
  ['a file of the first second', 'first', 'x', 0.25],
] as const

describe.each(programs)('the minting program in %s', (_, command, program) => {
  it('has about ten lines', async () => {
    const lines = (await readProgram(program)).split('\n').filter((line) => line.trim() !== '')
    expect(lines.length).toBeLessThanOrEqual(10)
  })

  describe.each(files)('for %s', (__, name, content, mtimeSeconds) => {
    it.each(['', 'cn', 'e600', 'dUsOpc3Vtw6kucGRm.e600.tdGV4dC9odG1s'])(
      'mints what we take, with the policy %j',
      async (policy) => {
        const path = join(root, name)
        await mkdir(dirname(path), { recursive: true })
        await writeFile(path, content)
        await utimes(path, mtimeSeconds, mtimeSeconds)
        const { mtimeNs, size } = await stat(path, { bigint: true })
        const before = Math.floor(Date.now() / 1000)
        const { stdout } = await run(
          command,
          [join(folder, program), root, name, ...(policy === '' ? [] : [policy])],
          { env: { PATH: process.env['PATH'], TITOFISTO_SECRET: secret, LC_ALL: 'C.UTF-8' } },
        )
        const minted = stdout.trimEnd()
        const token = parseNativeToken(minted)
        if (token === null) throw new Error(`not a token: ${minted}`)
        const subject = { name, version: `${mtimeNs / 1000n}-${size}` }
        expect(verifyNativeToken(keyring, token, subject)).toBe(true)
        expect(signNativeToken(keyring, subject, token.issuedSeconds, token.policy)).toBe(minted)
        expect(token.issuedSeconds).toBeGreaterThanOrEqual(before)
        expect(token.issuedSeconds).toBeLessThanOrEqual(Math.floor(Date.now() / 1000))
        expect(token.policy.lifetimeSeconds).toBe(policy.includes('e600') ? 600 : undefined)
      },
    )
  })
})
