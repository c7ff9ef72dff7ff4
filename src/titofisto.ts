// createTitofisto: the only place where the parts are put together.

import { createFetchHandler } from './http/fetch.ts'
import { createNodeHandler } from './http/node.ts'
import { logErrorsToConsole } from './log.ts'
import { answerMedia } from './media/answer.ts'
import { explainUrl } from './media/explain.ts'
import { createHotFiles } from './media/hot-files.ts'
import { makeUrl } from './media/link.ts'
import { readQuestion } from './media/question.ts'
import { notFound } from './http/plain-replies.ts'
import { createDjangoKeyring } from './token/django.ts'
import { checkSecrets, createKeyring } from './token/keyring.ts'
import { checkTitofistoOptions } from './titofisto-options.ts'
import type { FetchHandler } from './http/fetch.ts'
import type { Incoming, Reply } from './http/exchange.ts'
import type { NodeHandler } from './http/node.ts'
import type { Explanation } from './media/explain.ts'
import type { GateRules } from './media/gate.ts'
import type { UrlOptions } from './media/link.ts'
import type { Storage } from './storage/storage.ts'
import type { TitofistoOptions } from './titofisto-options.ts'

/** Files behind time tokens. */
export interface Titofisto<S extends Storage = Storage> {
  /** The storage it was made with. */
  readonly storage: S
  /**
   * Makes a URL for a file, good for a while: until its time is up, or the file or the secret changes.
   *
   * @throws TitofistoError `name-invalid`, `file-missing`, `storage-failed`.
   * @throws TypeError, RangeError for wrong options.
   */
  url(name: string, options?: UrlOptions): Promise<string>
  /** Says why a URL works or not, for developers. `bind`: what the request would give for a bound token. */
  explain(url: string, options?: { readonly bind?: string }): Promise<Explanation>
  /** For `http.createServer`, Express, Connect; also for a server's `checkContinue` event. */
  readonly handler: NodeHandler
  /** For servers that speak `Request` and `Response`. */
  readonly fetch: FetchHandler
}

/**
 * Puts files behind time tokens.
 *
 * @throws TypeError, RangeError for wrong options, naming the option; never showing a secret.
 */
export function createTitofisto<S extends Storage>(
  options: TitofistoOptions & { readonly storage: S },
): Titofisto<S> {
  const settings = checkTitofistoOptions(options)
  const secrets = checkSecrets(options.secret)
  const { storage } = options
  const { layout } = settings
  const now = options.now ?? Date.now
  const log = options.log ?? logErrorsToConsole
  const hotFiles = createHotFiles(storage, settings.cacheBytes)
  const rules: GateRules = {
    keyring: createKeyring(secrets, 'media'),
    django:
      settings.djangoZone === null
        ? null
        : { keyring: createDjangoKeyring(secrets), zone: settings.djangoZone },
    timeoutSeconds: settings.timeoutSeconds,
    versionOf: options.versionOf ?? ((facts) => facts.version),
  }
  const media = {
    storage,
    hotFiles,
    rules,
    publicCacheControl: settings.publicCacheControl,
    crossOriginResourcePolicy: settings.crossOriginResourcePolicy,
    bindOf: options.bindOf ?? null,
    now,
    log,
  }
  const links = {
    storage,
    hotFiles,
    rules,
    layout,
    mediaUrl: settings.mediaUrl,
    stableSeconds: settings.stableSeconds,
    now,
  }
  const slotKeyring = createKeyring(secrets, 'slot')

  function answer(request: Incoming): Reply | null | Promise<Reply | null> {
    const question = readQuestion(request.target, layout)
    switch (question.kind) {
      case 'foreign':
        return null
      case 'slot':
        return notFound
      default:
        return answerMedia(media, question, request)
    }
  }

  return {
    storage,
    url: (name, urlOptions = {}) => makeUrl(links, name, urlOptions),
    explain: (url, { bind } = {}) =>
      explainUrl({ storage, rules, slotKeyring, layout, now }, url, bind),
    handler: createNodeHandler(answer, layout.mountPath, log),
    fetch: createFetchHandler(answer),
  }
}
