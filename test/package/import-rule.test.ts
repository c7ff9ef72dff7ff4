import { describe, expect, it } from 'vitest'
import { findAllBadImports, findBadImports } from '../../tools/import-rule.mjs'

describe('import rule', () => {
  it('holds in all of src/', () => {
    expect(findAllBadImports()).toEqual([])
  })

  it.each([
    ['a room below', 'media/serve.ts', `import { decideRange } from '../http/range.ts'`],
    ['its own room', 'slots/record/recovery.ts', `import { move } from './lifecycle.ts'`],
    ['a face of a room', 'media/answer.ts', `import { x } from './cache/hot-files.ts'`],
    ['errors', 'token/native.ts', `import { TitofistoError } from '../errors.ts'`],
    ['cryptography in token/', 'token/keyring.ts', `import { createHmac } from 'node:crypto'`],
    ['the disk in storage/', 'storage/local/local.ts', `import { open } from 'node:fs/promises'`],
    ['a socket in a door', 'http/node/node-send.ts', `import { createServer } from 'node:http'`],
    ['the face in an adapter', 'adapters/koa.ts', `import type { Log } from '../index.ts'`],
    ['React in its hooks', 'client/react.ts', `import { useState } from 'react'`],
    ['a package', 'http/media-type.ts', `import { Mime } from 'mime'`],
    ['what a comment names', 'token/age.ts', `// import it from '../cli/main.ts'`],
  ])('allows %s', (_, file, source) => {
    expect(findBadImports(file, source)).toEqual([])
  })

  it.each([
    ['a room above', 'http/range.ts', `import { serve } from '../media/serve.ts'`],
    [
      'a neighbour',
      'token/native.ts',
      `import { parseFileName } from '../storage/names/file-name.ts'`,
    ],
    ['slots in media', 'media/serve.ts', `import { slot } from '../slots/record/slot.ts'`],
    ['slots in receive', 'receive/intake/digest.ts', `import { x } from '../../slots/slots.ts'`],
    [
      "what is a room's own affair",
      'media/answer.ts',
      `import { x } from './cache/turn-number.ts'`,
    ],
    [
      'a room above within slots',
      'slots/record/slot.ts',
      `import { x } from '../claims/take-over.ts'`,
    ],
    [
      'a protocol in the core of uploads',
      'slots/uploads/resumable-upload.ts',
      `import type { TusRequest } from '../ways-in/tus-request.ts'`,
    ],
    ['the types of a room above', 'errors.ts', `import type { Policy } from './token/policy.ts'`],
    ['a re-export of a room above', 'options.ts', `export { main } from './cli/main.ts'`],
    ['a dynamic import', 'storage/local/local.ts', `await import('../../titofisto.ts')`],
    ['an import over many lines', 'http/cors.ts', `import {\n  a,\n  b,\n} from '../token/age.ts'`],
    [
      'the face of the package',
      'slots/handling/handle-upload.ts',
      `import { x } from '../../index.ts'`,
    ],
    ['an adapter in the command', 'cli/main.ts', `import { x } from '../adapters/express.ts'`],
    ['the server in the client', 'client/upload.ts', `import { x } from '../errors.ts'`],
    ['a package in the client', 'client/upload.ts', `import { Mime } from 'mime'`],
    ['React in the client', 'client/upload.ts', `import { useState } from 'react'`],
    ['Node in the client', 'client/upload.ts', `import { open } from 'node:fs'`],
    ['the disk in token/', 'token/age.ts', `import { readFileSync } from 'node:fs'`],
    ['the disk by promises in token/', 'token/age.ts', `import { open } from 'node:fs/promises'`],
    ['a socket in pure http/', 'http/range.ts', `import type { ServerResponse } from 'node:http'`],
    ['what lies outside src/', 'cli/main.ts', `import { run } from '../../tools/project.mjs'`],
    ['a room that no one has placed', 'attic/box.ts', ''],
  ])('catches %s', (_, file, source) => {
    expect(findBadImports(file, source)).toHaveLength(1)
  })
})
