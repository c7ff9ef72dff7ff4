// `--slots`: the URL of the engine that slots are kept in. It may hold a password, which stands in no
// message, and in no note that a server leaves.

import { wrongUsage } from '../cli-failure.ts'

/** Where slots are kept, if not beside the files. */
export interface SlotsPlace {
  readonly engine: 'redis' | 'postgres'
  /** For its client; with the password. */
  readonly url: string
  /** For people: `Redis at 127.0.0.1:6379`. */
  readonly shown: string
}

/** Stands where a password was. */
const masked = '***'

const engines = {
  'redis:': 'redis',
  'rediss:': 'redis',
  'valkey:': 'redis',
  'valkeys:': 'redis',
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
} as const

const names = { redis: 'Redis', postgres: 'PostgreSQL' } as const

/**
 * Reads the URL, which was found in `source`.
 *
 * @throws CliFailure with exit code 2, which does not repeat it, for any other text, and where its
 * password is one that another process has left out.
 */
export function parseSlotsUrl({ text, source }: Record<'text' | 'source', string>): SlotsPlace {
  const url = URL.canParse(text) ? new URL(text) : null
  const engine = url === null ? undefined : engineOf(url.protocol)
  if (url === null || engine === undefined)
    throw wrongUsage(
      `${source} must be a URL such as redis://HOST:6379/0 or postgres://USER@HOST:5432/DATABASE.`,
    )
  if (isCutShort(url))
    throw wrongUsage(
      `${source} must have "/", "?", "#" and "@" of a password as %2F, %3F, %23, %40.`,
    )
  const shown = `${names[engine]} at ${url.host || url.searchParams.get('host') || 'its usual place'}`
  if (passwordsIn(url).includes(masked))
    throw wrongUsage(
      `${shown} wants a password, which a server does not leave to other commands: give TITOFISTO_SLOTS as the server has it.`,
    )
  // What speaks for Valkey speaks for Redis; its client knows one of the names.
  return { engine, url: text.replace(/^valkey(?=s?:)/i, 'redis'), shown }
}

/** The same URL, without its password: for a note that other processes read. What is no URL is left out. */
export function maskSlotsUrl(text: string): string | null {
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  if (passwordsIn(url).length === 0) return text
  if (url.password !== '') url.password = masked
  if (url.searchParams.has('password')) url.searchParams.set('password', masked)
  return url.href
}

/** A password may have what ends it for a URL: then its first half passes for a port, and would be shown. */
function isCutShort({ pathname, searchParams, hash }: URL): boolean {
  return hash !== '' || [pathname, ...searchParams.keys()].some((part) => part.includes('@'))
}

function engineOf(protocol: string): SlotsPlace['engine'] | undefined {
  return Object.hasOwn(engines, protocol) ? engines[protocol as keyof typeof engines] : undefined
}

/** PostgreSQL's clients take one in the query, too: the last, of several. */
function passwordsIn(url: URL): readonly string[] {
  return [url.password, ...url.searchParams.getAll('password')].filter((text) => text !== '')
}
