// A storage that shares nothing with ours: the files are in a Map. It shows that the contract can be
// kept by others, and how; faults are put into it to show that the contract finds them.

import { createHash, randomBytes } from 'node:crypto'
import { readFile, rename, rm } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { TitofistoError } from '../../src/index.ts'
import type {
  AdoptOptions,
  FileFacts,
  FileList,
  FileSource,
  ListOptions,
  OpenedFile,
  SaveOptions,
  Storage,
} from '../../src/index.ts'

interface Entry {
  readonly bytes: Buffer
  readonly facts: FileFacts
}

export class MapStorage implements Storage {
  readonly spoolFolder: string
  readonly keeps = ['contentType', 'metadata'] as const
  protected readonly files = new Map<string, Entry>()

  constructor(spoolFolder: string) {
    this.spoolFolder = resolve(spoolFolder)
  }

  async open(name: string): Promise<OpenedFile | null> {
    const entry = this.files.get(name)
    if (entry === undefined) return null
    const { bytes, facts } = entry
    return {
      facts,
      async *chunks(startByte, endByte) {
        if (endByte > bytes.length) throw new TitofistoError('storage-failed', 'It is shorter.')
        yield Uint8Array.from(bytes.subarray(startByte, endByte))
      },
      close: async () => {},
    }
  }

  async stat(name: string): Promise<FileFacts | null> {
    return this.files.get(name)?.facts ?? null
  }

  async exists(name: string): Promise<boolean> {
    return this.files.has(name)
  }

  async save(name: string, source: FileSource, options: SaveOptions = {}): Promise<string> {
    checkOptions(options)
    checkName(name)
    if (options.onTaken === 'refuse' && this.files.has(name)) throw nameTaken(name)
    const bytes = await readAll(source, options.signal)
    return this.put(name, bytes, options)
  }

  async adopt(name: string, spooledPath: string, options: AdoptOptions = {}): Promise<string> {
    const { keepSpooled = false, ...saving } = options
    checkOptions(saving)
    const path = resolve(spooledPath)
    if (!path.startsWith(`${this.spoolFolder}/`)) throw new TypeError('It is not in the spool.')
    checkName(name)
    if (keepSpooled) return this.put(name, await readSpooled(path), saving)
    // Whoever renames it first has it.
    const claimed = `${path}.${randomBytes(8).toString('hex')}`
    await rename(path, claimed).catch(() => {
      throw new TitofistoError('file-missing', 'It is gone.', { fileName: basename(path) })
    })
    try {
      const given = this.put(name, await readSpooled(claimed), saving)
      await rm(claimed)
      return given
    } catch (error) {
      await rename(claimed, path)
      throw error
    }
  }

  async delete(name: string): Promise<boolean> {
    return this.files.delete(name)
  }

  async list({ prefix = '', after = '', limit = 1000 }: ListOptions = {}): Promise<FileList> {
    if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) throw new RangeError('limit')
    const names = [...this.files.keys()]
      .filter((name) => name.startsWith(prefix) && compareBytes(name, after) > 0)
      .toSorted(compareBytes)
    const files = names.slice(0, limit).flatMap((name) => this.files.get(name)?.facts ?? [])
    return { files, next: names.length > limit ? (files.at(-1)?.name ?? null) : null }
  }

  async copy(from: string, to: string, options: SaveOptions = {}): Promise<string> {
    const { bytes, facts } = this.find(from)
    return this.put(to, bytes, { ...keptOf(facts), ...options })
  }

  async move(from: string, to: string, options: SaveOptions = {}): Promise<string> {
    const { bytes, facts } = this.find(from)
    if (from === to) return from
    const given = this.put(to, bytes, { ...keptOf(facts), ...options })
    this.files.delete(from)
    return given
  }

  protected find(name: string): Entry {
    const entry = this.files.get(name)
    if (entry === undefined)
      throw new TitofistoError('file-missing', 'There is none.', { fileName: name })
    return entry
  }

  /** In one turn: nobody comes between looking whether a name is free and taking it. */
  protected put(name: string, bytes: Buffer, options: SaveOptions): string {
    checkOptions(options)
    checkName(name)
    const given = this.choose(name, options)
    const nowMs = Date.now()
    const version = createHash('sha256').update(bytes).digest('hex')
    const facts = {
      name: given,
      sizeBytes: bytes.length,
      mtimeMs: nowMs,
      changedMs: nowMs,
      version,
      etag: `"${version}"`,
      ...keptOf(options),
    }
    this.files.set(given, { bytes, facts })
    return given
  }

  protected choose(name: string, { onTaken = 'rename', maxLength = 1024 }: SaveOptions): string {
    const isTaken = this.files.has(name)
    if (onTaken === 'refuse' && isTaken) throw nameTaken(name)
    if (name.length <= maxLength && (onTaken !== 'rename' || !isTaken)) return name
    const [, root = '', suffixes = ''] = /^(.*\/\.*[^./]*|\.*[^./]*)(.*)$/.exec(name) ?? []
    const letters = `_${randomBytes(4).toString('hex')}`
    const room = maxLength - letters.length - suffixes.length
    const cut = root.slice(0, Math.max(0, room))
    if (cut === '' || cut.endsWith('/'))
      throw new TitofistoError('name-invalid', 'No room is left for a free name.', {
        fileName: name,
      })
    return this.choose(cut + letters + suffixes, { onTaken: 'rename', maxLength })
  }
}

/** What a file has besides its bytes, of those who gave it or of the file it is made of. */
function keptOf({ contentType, metadata }: SaveOptions): SaveOptions {
  return { ...(contentType !== undefined && { contentType }), ...(metadata && { metadata }) }
}

function nameTaken(fileName: string): TitofistoError {
  return new TitofistoError('name-taken', 'There is one.', { fileName })
}

function checkName(name: string): void {
  const isName =
    name.split('/').every((part) => !['', '.', '..'].includes(part) && !isOurs(part)) &&
    name.isWellFormed() &&
    !/[\p{Cc}\\]/u.test(name) &&
    Buffer.byteLength(name) <= 1024
  if (!isName) throw new TitofistoError('name-invalid', 'That is no name.', { fileName: name })
}

function isOurs(part: string): boolean {
  return /^\.titofisto(?:$|-)/i.test(part)
}

function checkOptions(options: SaveOptions): void {
  for (const option of Object.keys(options))
    if (!['onTaken', 'maxLength', 'signal', 'contentType', 'metadata'].includes(option))
      throw new TypeError(option)
  const { onTaken = 'rename', maxLength = 1 } = options
  if (!['rename', 'refuse', 'replace'].includes(onTaken)) throw new TypeError('onTaken')
  if (!Number.isInteger(maxLength) || maxLength < 1) throw new RangeError('maxLength')
}

async function readSpooled(path: string): Promise<Buffer> {
  return readFile(path).catch(() => {
    throw new TitofistoError('file-missing', 'It is gone.', { fileName: basename(path) })
  })
}

async function readAll(source: FileSource, signal?: AbortSignal): Promise<Buffer> {
  signal?.throwIfAborted()
  if (typeof source === 'string' || source instanceof Uint8Array) return Buffer.from(source)
  const chunks: Buffer[] = []
  for await (const chunk of source instanceof Blob ? source.stream() : source) {
    signal?.throwIfAborted()
    chunks.push(Buffer.from(chunk))
  }
  signal?.throwIfAborted()
  return Buffer.concat(chunks)
}

function compareBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}
