// titofisto/graphql and titofisto/pothos in the servers that people run, over real sockets, and under
// what graphql-codegen makes of the schema by its defaults.

import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { codegen } from '@graphql-codegen/core'
import * as typescriptPlugin from '@graphql-codegen/typescript'
import * as resolversPlugin from '@graphql-codegen/typescript-resolvers'
import SchemaBuilder from '@pothos/core'
import { buildSchema, GraphQLObjectType, parse, validateSchema, type GraphQLSchema } from 'graphql'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { fileLink, typeDefs, uploadSlot } from '../../src/adapters/graphql.ts'
import { addTitofistoTypes } from '../../src/adapters/pothos.ts'
import type { FileLink, SlotTicket } from '../../src/adapters/graphql.ts'
import { isOptionError } from '../../src/index.ts'
import { build, isBuildNeeded } from '../../tools/build.mjs'
import { projectFolder, toolPath } from '../../tools/project.mjs'
import { startUploadServer, type UploadServer } from '../support/upload-server.ts'

// Its types bring the DOM's, which part from Node's: it is loaded without them.
const yogaPackage: string = 'graphql-yoga'
const { createSchema, createYoga } = (await import(yogaPackage)) as {
  createSchema: (options: { typeDefs: readonly string[]; resolvers: object }) => GraphQLSchema
  createYoga: (options: { schema: GraphQLSchema }) => RequestListener
}

const ours = /* GraphQL */ `
  type Query {
    report: FileLink!
  }
  type Mutation {
    requestAvatarUpload(userId: ID!): UploadSlot!
  }
`

const question = /* GraphQL */ `
  mutation ($userId: ID!) {
    requestAvatarUpload(userId: $userId) {
      url
      id
      kind
      expiresAt
      method
      protocols
      maxBytes
      minBytes
      maxFiles
      maxTotalBytes
      accept
    }
  }
`

const introspection = /* GraphQL */ `
  {
    UploadSlot: __type(name: "UploadSlot") {
      ...told
    }
    FileLink: __type(name: "FileLink") {
      ...told
    }
  }
  fragment told on __Type {
    description
    fields {
      name
      description
      type {
        ...named
        ofType {
          ...named
          ofType {
            ...named
            ofType {
              ...named
            }
          }
        }
      }
    }
  }
  fragment named on __Type {
    kind
    name
  }
`

interface ToldType {
  readonly description: string
  readonly fields: readonly { name: string; description: string; type: TypeRef }[]
}

interface TypeRef {
  readonly kind: string
  readonly name: string
  readonly ofType?: TypeRef
}

let stage: UploadServer
let resolvers: {
  Query: { report: () => Promise<FileLink> }
  Mutation: {
    requestAvatarUpload: (parent: unknown, args: { userId: string }) => Promise<SlotTicket>
  }
}
beforeEach(async () => {
  stage = await startUploadServer({ options: { mediaUrl: '/media/' } })
  const { files, origin } = stage
  await files.storage.save('reports/2026.pdf', 'A report')
  const avatar = files.slot('avatar', {
    // More than an Int of GraphQL holds.
    maxBytes: 5_000_000_000,
    accept: ['image/png', '.txt'],
    args: z.string(),
    handler: ({ args, file }) => file.save(`avatars/${args}.txt`),
  })
  resolvers = {
    Query: { report: () => fileLink(files, 'reports/2026.pdf', { origin, expiresIn: 600 }) },
    Mutation: {
      requestAvatarUpload: async (_parent, { userId }) =>
        uploadSlot(await avatar.create(userId), { origin }),
    },
  }
})
afterEach(() => stage.close())

describe.each([
  ['GraphQL Yoga 5', startYoga],
  ['Apollo Server 5', startApollo],
  ['Pothos on Yoga', startPothos],
])('the types on %s', (_, start) => {
  let server: { readonly url: string; close(): Promise<unknown> }
  beforeEach(async () => {
    server = await start()
  })
  afterEach(() => server.close())

  it('give a client all that it needs to upload', async () => {
    const { requestAvatarUpload } = await ask(server.url, question, { userId: '15' })
    expect(requestAvatarUpload).toEqual({
      url: expect.stringContaining(`${stage.origin}/media/titofisto/upload/`),
      id: expect.stringMatching(/^[\w-]{22}$/),
      kind: 'avatar',
      expiresAt: expect.stringMatching(/^2.*Z$/),
      method: 'POST',
      protocols: ['multipart', 'raw', 'tus'],
      maxBytes: 5_000_000_000,
      minBytes: 1,
      maxFiles: 1,
      maxTotalBytes: 5_000_000_000,
      accept: ['image/png', '.txt'],
    })
    const body = new FormData()
    body.append('file', new Blob(['Me']), 'me.txt')
    const upload = await fetch(String(requestAvatarUpload?.['url']), { method: 'POST', body })
    expect(await upload.json()).toBe('avatars/15.txt')
  })

  it('are told to clients as they stand in the SDL', async () => {
    const told = await ask(server.url, introspection)
    for (const name of ['UploadSlot', 'FileLink']) {
      const { description, fields } = told[name] as unknown as ToldType
      const type = objectType(buildSchema(`${typeDefs}\n${ours}`), name)
      expect(description).toBe(type.description)
      // Pothos sorts them.
      const inOrder = (lines: readonly string[]) => lines.toSorted()
      expect(
        inOrder(
          fields.map((field) => `${field.name}: ${sayType(field.type)} ${field.description}`),
        ),
      ).toEqual(
        inOrder(
          Object.values(type.getFields()).map(
            (field) => `${field.name}: ${String(field.type)} ${field.description}`,
          ),
        ),
      )
    }
  })

  it('give a link, and what it leads to', async () => {
    const { report } = await ask(server.url, '{ report { url name type sizeBytes expiresAt } }')
    expect(report).toEqual({
      url: expect.stringContaining(`${stage.origin}/media/reports/2026.pdf?`),
      name: 'reports/2026.pdf',
      type: 'application/pdf',
      sizeBytes: 8,
      expiresAt: expect.stringMatching(/^2.*Z$/),
    })
    expect(await (await fetch(String(report?.['url']))).text()).toBe('A report')
  })
})

describe('the SDL', () => {
  it('is valid, with a description of every type and field', () => {
    const schema = buildSchema(`${typeDefs}\n${ours}`)
    expect(validateSchema(schema)).toEqual([])
    for (const name of ['UploadSlot', 'FileLink']) {
      const type = objectType(schema, name)
      expect(type.description).toBeTruthy()
      const fields = Object.values(type.getFields())
      expect(fields.length).toBeGreaterThan(4)
      for (const field of fields) expect(field.description, field.name).toBeTruthy()
    }
  })

  it('has a field for each property of a ticket and of a link, and no other', async () => {
    const schema = buildSchema(`${typeDefs}\n${ours}`)
    const fieldsOf = (name: string) => Object.keys(objectType(schema, name).getFields()).sort()
    const ticket = await resolvers.Mutation.requestAvatarUpload(null, { userId: '15' })
    expect(fieldsOf('UploadSlot')).toEqual(Object.keys(ticket).sort())
    expect(fieldsOf('FileLink')).toEqual(Object.keys(await resolvers.Query.report()).sort())
  })
})

describe('a ticket', () => {
  it("is the caller's own: what it does to the arrays, no other slot has", async () => {
    const kind = stage.files.slot('own', { accept: ['image/png'], handler: () => {} })
    const ticket = await kind.create()
    ticket.accept?.push('text/html')
    ticket.protocols.length = 0
    const other = await kind.create()
    expect([other.accept, other.protocols]).toEqual([['image/png'], ['multipart', 'raw', 'tus']])
  })

  it('demands an origin where mediaUrl has none', async () => {
    const kind = stage.files.slot('own', { handler: () => {} })
    const ticket = await kind.create()
    for (const options of [{}, { origin: 'files.example' }])
      expect(() => uploadSlot(ticket, options)).toThrow(
        expect.toSatisfy((error) => isOptionError(error) && error.option === 'origin'),
      )
  })
})

describe("graphql-codegen's types, by its defaults", () => {
  let folder = ''
  beforeAll(async () => {
    if (isBuildNeeded()) {
      const { status, output } = await build()
      if (status !== 0) throw new Error(`The build failed:\n${output}`)
    }
    folder = await mkdtemp(join(tmpdir(), 'titofisto-codegen-'))
    await symlink(join(projectFolder, 'node_modules'), join(folder, 'node_modules'))
    await writeFile(join(folder, 'types.ts'), await generateTypes())
    await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(compilerSettings))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('take what create() and fileLink() give', async () => {
    expect(await compile(resolversOf('avatar.create(userId)'))).toBe('')
  })

  it('are seen to be looked at: a value that is none of them fails', async () => {
    expect(await compile(resolversOf('avatar.status(userId)'))).toContain('error TS')
  })

  async function compile(program: string): Promise<string> {
    await writeFile(join(folder, 'resolvers.ts'), program)
    return promisify(execFile)(toolPath('tsc'), ['-p', folder]).then(
      ({ stdout }) => stdout,
      (error: { stdout: string }) => error.stdout,
    )
  }
})

const compilerSettings = {
  compilerOptions: {
    target: 'ES2022',
    module: 'NodeNext',
    strict: true,
    exactOptionalPropertyTypes: true,
    // graphql's own declarations are not ours to check.
    skipLibCheck: true,
    types: ['node'],
    noEmit: true,
    paths: {
      titofisto: [join(projectFolder, 'dist/index.d.ts')],
      'titofisto/graphql': [join(projectFolder, 'dist/adapters/graphql.d.ts')],
    },
  },
  files: ['resolvers.ts'],
}

function resolversOf(resolved: string): string {
  return `
import type { SlotKind, Titofisto } from 'titofisto'
import { fileLink } from 'titofisto/graphql'
import type { Resolvers } from './types.js'

declare const files: Titofisto
declare const avatar: SlotKind
export const resolvers: Resolvers = {
  Query: { report: () => fileLink(files, 'a.pdf') },
  Mutation: { requestAvatarUpload: (_parent, { userId }) => ${resolved} },
}
`
}

function generateTypes(): Promise<string> {
  return codegen({
    filename: 'types.ts',
    schema: parse(`${typeDefs}\n${ours}`),
    documents: [],
    config: {},
    plugins: [{ typescript: {} }, { resolvers: {} }],
    pluginMap: { typescript: typescriptPlugin, resolvers: resolversPlugin },
  })
}

function objectType(schema: GraphQLSchema, name: string): GraphQLObjectType {
  const type = schema.getType(name)
  if (!(type instanceof GraphQLObjectType)) throw new Error(`There is no type ${name}.`)
  return type
}

function sayType({ kind, name, ofType }: TypeRef): string {
  if (ofType == null) return name
  return kind === 'LIST' ? `[${sayType(ofType)}]` : `${sayType(ofType)}!`
}

async function startYoga() {
  return listen(createYoga({ schema: createSchema({ typeDefs: [typeDefs, ours], resolvers }) }))
}

async function startPothos() {
  return listen(createYoga({ schema: pothosSchema() }))
}

async function startApollo() {
  const server = new ApolloServer({ typeDefs: [typeDefs, ours], resolvers })
  const { url } = await startStandaloneServer(server, { listen: { port: 0, host: '127.0.0.1' } })
  return { url, close: () => server.stop() }
}

function pothosSchema(): GraphQLSchema {
  const builder = new SchemaBuilder<{ Scalars: { ID: { Input: string; Output: string } } }>({})
  const { UploadSlot, FileLink } = addTitofistoTypes(builder)
  builder.queryType({
    fields: (t) => ({
      report: t.field({
        type: FileLink,
        nullable: false,
        resolve: () => resolvers.Query.report(),
      }),
    }),
  })
  builder.mutationType({
    fields: (t) => ({
      requestAvatarUpload: t.field({
        type: UploadSlot,
        nullable: false,
        args: { userId: t.arg.id({ required: true }) },
        resolve: (_parent, args) => resolvers.Mutation.requestAvatarUpload(null, args),
      }),
    }),
  })
  return builder.toSchema()
}

async function listen(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function ask(
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<Record<string, Record<string, unknown> | undefined>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  })
  const { data, errors } = (await response.json()) as { data: never; errors?: unknown }
  expect(errors).toBeUndefined()
  return data
}
