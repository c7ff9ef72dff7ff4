import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import settings from '../../package.json' with { type: 'json' }
import * as titofisto from '../../src/index.ts'

/** The subpaths that can be imported; a file that none of them leads to is ours alone. */
const subpaths = [
  '.',
  './express',
  './fastify',
  './flydrive',
  './graphql',
  './hono',
  './koa',
  './mcp',
  './nest',
  './next',
  './package.json',
  './postgres',
  './pothos',
  './prometheus',
  './redis',
  './sqlite',
  './testing',
]

/** What we promise. Whoever takes a name away breaks someone; whoever adds one promises it. */
const values = [
  'SlotRejection',
  'TitofistoError',
  'createFileSlotStore',
  'createLocalStorage',
  'createMemorySlotStore',
  'createTitofisto',
  'generateName',
  'getValidName',
  'isOptionError',
  'isSlotRejection',
  'isTitofistoError',
  'redact',
  'withFileVerbs',
]
const types = [
  'AdoptOptions',
  'DeleteFolderOptions',
  'Explanation',
  'FetchHandler',
  'FetchResponder',
  'FileFacts',
  'FileFieldLimits',
  'FileList',
  'FileMetadata',
  'FileSlotStoreOptions',
  'FileSource',
  'FileVerbs',
  'FolderPage',
  'FormFields',
  'ListFolderOptions',
  'ListOptions',
  'ListSlotsOptions',
  'LocalStorage',
  'LocalStorageOptions',
  'Log',
  'LogEntry',
  'NodeHandler',
  'OpenedFile',
  'OptionError',
  'OptionFault',
  'PlatformRequest',
  'ReadOptions',
  'ReadTextOptions',
  'ReceivableRequest',
  'ReceiveOptions',
  'Received',
  'ReceivedFields',
  'RespondOptions',
  'SaveFromUrlOptions',
  'SaveOptions',
  'SlotAnswer',
  'SlotCall',
  'SlotDefinition',
  'SlotFacts',
  'SlotId',
  'SlotKind',
  'SlotOverrides',
  'SlotPage',
  'SlotRecord',
  'SlotRejectionOptions',
  'SlotState',
  'SlotStatus',
  'SlotStore',
  'SlotTicket',
  'Slots',
  'Storage',
  'StreamOptions',
  'SweepReport',
  'Titofisto',
  'TitofistoErrorCode',
  'TitofistoErrorFields',
  'TitofistoEvent',
  'TitofistoOptions',
  'UploadLimits',
  'UploadResult',
  'UploadedFile',
  'UrlOptions',
]

/** What the adapters give. */
const adapters = {
  express: ['serveFiles'],
  fastify: ['leaveBodies', 'serveFiles'],
  koa: ['serveFiles'],
  nest: ['Titofisto', 'TitofistoModule'],
}

describe.each(Object.entries(adapters))('titofisto/%s', (name, exported) => {
  it('exports these values, and loads nothing of its framework', async () => {
    const file = new URL(`../../src/adapters/${name}.ts`, import.meta.url)
    expect(Object.keys(await import(file.href)).toSorted()).toEqual(exported)
    expect(readFileSync(file, 'utf8')).not.toMatch(/^import (?!type )|\bimport\(/m)
  })
})

describe('titofisto', () => {
  const source = readFileSync(new URL('../../src/index.ts', import.meta.url), 'utf8')

  it('is entered by these paths', () => {
    expect(Object.keys(settings.exports).toSorted()).toEqual(subpaths)
  })

  it('exports these values', () => {
    expect(Object.keys(titofisto).toSorted()).toEqual(values)
  })

  it('exports these types', () => {
    expect(namesExported(source, 'export type')).toEqual(types)
  })

  it('names each export, one by one, and does nothing else', () => {
    const rest = source.replaceAll(/\/\/.*$|export (?:type )?\{[^}]*\} from '\.\/[^']+'/gm, '')
    expect(rest.trim()).toBe('')
  })
})

function namesExported(source: string, keyword: string): string[] {
  const lists = [...source.matchAll(new RegExp(`^${keyword} \\{([^}]*)\\}`, 'gm'))]
  const names = lists.flatMap((match) => (match[1] ?? '').split(','))
  return names
    .map((name) => name.trim().replace(/.* as /, ''))
    .filter((name) => name !== '')
    .toSorted()
}
