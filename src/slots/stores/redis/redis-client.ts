// The clients that a Redis store takes, by their shape: nothing of them is imported.

import { createHash } from 'node:crypto'

/** A client as `redis` (node-redis) makes it, or a cluster of it. */
export interface NodeRedisClient {
  get(key: string): Promise<unknown>
  eval(script: string, options: NodeRedisEvalOptions): Promise<unknown>
  evalSha(sha1: string, options: NodeRedisEvalOptions): Promise<unknown>
}

interface NodeRedisEvalOptions {
  keys: string[]
  arguments: string[]
}

/** A client as `ioredis` and `iovalkey` make it, or a cluster of it. */
export interface IoredisClient {
  get(key: string): Promise<unknown>
  eval(script: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>
  evalsha(sha1: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>
}

/** A connected client of Redis or Valkey. */
export type RedisClient = NodeRedisClient | IoredisClient

/** What the store asks of a client, whichever it is. */
export interface RedisCommands {
  get(key: string): Promise<string | null>
  /** Runs a script; it is sent whole only where the server does not know it. */
  run(script: RedisScript, keys: readonly string[], args: readonly string[]): Promise<unknown>
  /** The section `memory` of INFO; `null` where the client has no such command. */
  infoMemory(): Promise<string | null>
}

/** A script and how the server calls it. */
export interface RedisScript {
  readonly text: string
  readonly sha1: string
}

/** Names a script as Redis does. */
export function toScript(text: string): RedisScript {
  return { text, sha1: createHash('sha1').update(text).digest('hex') }
}

/** Whether a value has the shape of a client. */
export function isRedisClient(value: unknown): value is RedisClient {
  return (
    hasMethods(value, ['get', 'eval']) && (isNodeRedis(value) || hasMethods(value, ['evalsha']))
  )
}

/** What the store asks, as this client is asked it. */
export function toCommands(client: RedisClient): RedisCommands {
  const calls = isNodeRedis(client) ? callsOfNodeRedis(client) : callsOfIoredis(client)
  return {
    async get(key) {
      const value = await client.get(key)
      if (value === null || value === undefined) return null
      if (typeof value === 'string') return value
      if (Buffer.isBuffer(value)) return value.toString()
      throw new TypeError('A Redis client gave something else than text.')
    },
    async run({ text, sha1 }, keys, args) {
      try {
        return await calls.evalSha(sha1, keys, args)
      } catch (error) {
        if (codeOfReply(error) !== 'NOSCRIPT') throw error
        return calls.eval(text, keys, args)
      }
    },
    async infoMemory() {
      // A cluster of node-redis has no node to ask.
      if (!hasInfo(client)) return null
      const text = await client.info('memory')
      return typeof text === 'string' ? text : null
    },
  }
}

/** The word that an error of the server begins with, such as `NOSCRIPT`; `null` where it is another's. */
export function codeOfReply(error: unknown): string | null {
  if (!(error instanceof Error)) return null
  return /^([A-Z][A-Z0-9_]*)(?: |$)/.exec(error.message)?.[1] ?? null
}

interface EvalCalls {
  eval(text: string, keys: readonly string[], args: readonly string[]): Promise<unknown>
  evalSha(sha1: string, keys: readonly string[], args: readonly string[]): Promise<unknown>
}

function callsOfNodeRedis(client: NodeRedisClient): EvalCalls {
  return {
    eval: (text, keys, args) => client.eval(text, { keys: [...keys], arguments: [...args] }),
    evalSha: (sha1, keys, args) => client.evalSha(sha1, { keys: [...keys], arguments: [...args] }),
  }
}

function callsOfIoredis(client: IoredisClient): EvalCalls {
  return {
    eval: (text, keys, args) => client.eval(text, keys.length, ...keys, ...args),
    evalSha: (sha1, keys, args) => client.evalsha(sha1, keys.length, ...keys, ...args),
  }
}

function isNodeRedis(client: unknown): client is NodeRedisClient {
  return hasMethods(client, ['evalSha'])
}

function hasInfo(client: object): client is { info(section: string): Promise<unknown> } {
  return hasMethods(client, ['info'])
}

function hasMethods(value: unknown, names: readonly string[]): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => typeof Reflect.get(value, name) === 'function')
  )
}
