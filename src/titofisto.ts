// createTitofisto: the only place where the parts are put together.

import { createFetchDoor } from './http/fetch/fetch-door.ts'
import { createNodeHandler } from './http/node/node-door.ts'
import { openThroughNode } from './http/node/through-node.ts'
import { logErrorsToConsole } from './log.ts'
import { answerMedia, type MediaParts } from './media/answer.ts'
import { explainLink } from './media/explain.ts'
import { createHotFiles } from './media/cache/hot-files.ts'
import { makeUrl } from './media/link.ts'
import { makeUrls } from './media/many-links.ts'
import { createMisplacedLook } from './media/misplaced.ts'
import { createHeadSettings } from './media/own-headers.ts'
import { createPlace } from './media/place.ts'
import { readQuestion, type FileQuestion, type Layout } from './media/question.ts'
import { checkReceiveOptions } from './receive/receive-options.ts'
import { createReceiver } from './receive/receive-request.ts'
import { readSlotPath } from './slots/minting/slot-url.ts'
import { layoutAt } from './titofisto-layout.ts'
import { createPages } from './pages/pages.ts'
import { openLater } from './slots/requests/file-requests.ts'
import { readRequestPath } from './slots/requests/request-url.ts'
import { createSlots, type Slots } from './slots/slots.ts'
import { createDjangoKeyring } from './token/django.ts'
import { createKeyring } from './token/keyring.ts'
import { createEvents } from './titofisto-events.ts'
import { explainUrl } from './titofisto-explain.ts'
import { joinSweepers, makeSpoolFolder, openSlotStore } from './titofisto-folders.ts'
import { createToWholeUrl } from './titofisto-origin.ts'
import { readRouteRequest } from './titofisto-request.ts'
import { checkTitofistoOptions, type TitofistoOptions } from './titofisto-options.ts'
import type { Titofisto } from './titofisto-api.ts'
import type { Incoming, Reply } from './http/exchange.ts'
import type { GateRules } from './media/gate.ts'
import type { SlotId } from './slots/record/slot.ts'
import type { Storage } from './storage/storage.ts'

export type { Titofisto }

/**
 * Puts files behind time tokens.
 *
 * @throws TypeError, RangeError for wrong options, naming the option; never showing a secret.
 * @example
 * import { createLocalStorage, createTitofisto } from 'titofisto'
 *
 * const files = createTitofisto({
 *   secret: process.env.TITOFISTO_SECRET ?? '', // `npx titofisto secret` makes one
 *   storage: createLocalStorage({ root: './media' }),
 * })
 * const name = await files.storage.save('letter.txt', 'Dear reader') //=> 'letter.txt'
 * await files.url(name) //=> '/media/letter.txt?titofisto_token=…'
 * @example
 * import { createTitofisto } from 'titofisto'
 *
 * const shop = createTitofisto({
 *   secret,
 *   storage,
 *   origins: ['https://shop.example'],
 *   typeOf: (name) => (name.endsWith('.geojson') ? 'application/geo+json' : undefined),
 *   headers: ({ name }) => ({ 'X-File-Name': encodeURIComponent(name) }),
 *   onRefused: (request, why) =>
 *     why.reason === 'expired' ? new Response('Ask for a new link.', { status: 410 }) : undefined,
 * })
 * const request = new Request('http://shop.example/orders')
 * await shop.url('report.pdf', { origin: request }) //=> 'https://shop.example/media/report.pdf?titofisto_token=…'
 */
export function createTitofisto<S extends Storage>(
  options: TitofistoOptions & { readonly storage: S },
): Titofisto<S> {
  const settings = checkTitofistoOptions(options)
  const { secrets, stableSeconds, uploadPath } = settings
  const { storage } = options
  const now = options.now ?? Date.now
  const log = options.log ?? logErrorsToConsole
  const events = createEvents(options.onEvent, log)
  const pages = createPages(options.page)
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
  const slotKeyring = createKeyring(secrets, 'slot')
  const requestKeyring = createKeyring(secrets, 'request')
  const takesBound = options.bindOf !== undefined
  const explaining = { storage, rules, slotKeyring, takesBound, now }
  const media = {
    storage,
    hotFiles,
    rules,
    publicCacheControl: settings.publicCacheControl,
    sharing: settings.sharing,
    pages,
    heads: createHeadSettings(options, settings.layout.publicNamespace, log),
    onRefused: options.onRefused ?? null,
    explain: (question: FileQuestion, bind: string | null | undefined) =>
      explainLink(explaining, question, bind),
    // Of what it is given the doors give nothing else.
    bindOf: (options.bindOf as MediaParts['bindOf'] | undefined) ?? null,
    now,
    log,
    events,
  }
  const toWholeUrl = createToWholeUrl(settings.origins, log)
  const links = { storage, hotFiles, rules, stableSeconds, toWholeUrl, now, events }
  const place = createPlace({
    mediaUrl: settings.mediaUrl,
    mountPath: settings.layout.mountPath,
    isGiven: settings.isPlaced,
    log,
  })
  const withSlots = layoutAt(place, settings.layout)
  const withoutSlots = layoutAt(place, { ...settings.layout, uploadNamespace: null })
  /** The upload namespace is the slots' from their first kind on, and a folder like others before. */
  let hasKinds = false
  const layoutNow = (): Layout => (hasKinds ? withSlots : withoutSlots)
  const linksNow = () => ({ ...links, mediaUrl: place.mediaUrl, layout: layoutNow() })
  /** With the place as browsers see it, too, which a proxy may have changed for us; the nearest counts. */
  const linkLayout = (): Layout => {
    const places = [place.linkPath, place.mountPath, ...place.alsoAt]
    const [mountPath = '/', ...alsoAt] = places.toSorted((one, other) => other.length - one.length)
    return { ...layoutNow(), mountPath, alsoAt }
  }
  const lookForMisplaced = createMisplacedLook({
    storage,
    rules,
    param: settings.layout.param,
    uploadPath,
    isSlotPath: (path) =>
      readSlotPath(slotKeyring, path) !== null || readRequestPath(requestKeyring, path) !== null,
    now,
    onFound: (prefix) => place.miss(prefix),
  })
  let openedSlots: Slots | null = null
  let leaveSweepers = (): void => {}
  const receiver = createReceiver({
    storage,
    makeSpoolFolder: () => makeSpoolFolder(storage),
    durable: settings.durable,
    log,
    events,
  })

  /** Makes the folders that slots need, and no sooner than somebody asks for slots. */
  function openSlots(): Slots {
    if (openedSlots !== null) return openedSlots
    makeSpoolFolder(storage)
    const store = options.slotStore ?? openSlotStore(storage, settings.durable, log)
    if (settings.sweepSeconds > 0) leaveSweepers = joinSweepers(store, secrets, log)
    openedSlots = createSlots({
      store,
      storage,
      keyring: slotKeyring,
      requestKeyring,
      get urlBase() {
        return place.mediaUrl + uploadPath
      },
      toWholeUrl,
      pages,
      timeoutSeconds: settings.timeoutSeconds,
      durable: settings.durable,
      leaseSeconds: settings.leaseSeconds,
      keepInterruptedSeconds: settings.keepInterruptedSeconds,
      log,
      events,
      now,
    })
    return openedSlots
  }

  function answer(request: Incoming): Reply | null | Promise<Reply | null> {
    const question = readQuestion(request.target, layoutNow())
    switch (question.kind) {
      case 'foreign':
        lookForMisplaced(request.target)
        return null
      case 'malformed':
        if (settings.fallthrough && !question.hasToken) return null
        return answerMedia(media, question, request)
      case 'slot':
        return openSlots().endpoint(request, question.rest)
      default:
        return answerMedia(media, question, request)
    }
  }

  const files: Titofisto<S> = {
    storage,
    get mountPath() {
      return place.mountPath
    },
    url: (name, urlOptions = {}) => makeUrl(linksNow(), name, urlOptions),
    urls: (names, urlOptions = {}) => makeUrls(linksNow(), names, urlOptions),
    explain(url, { bind } = {}) {
      const { uploadNamespace } = settings.layout
      const explainSlot = (id: SlotId) => openSlots().explain(id)
      const explainRequest = (id: SlotId) => openSlots().explainRequest(id)
      const slots = { uploadNamespace, explainSlot, requestKeyring, explainRequest }
      const parts = { ...explaining, layout: linkLayout(), ...slots }
      return explainUrl(parts, url, bind)
    },
    slot(name, definition) {
      const slots = openSlots()
      const kind = slots.define(name, definition)
      if (!hasKinds && settings.sweepSeconds > 0) slots.startSweeping(settings.sweepSeconds)
      hasKinds = true
      return kind
    },
    async receive(request, receiveOptions, use) {
      const receiveRules = checkReceiveOptions(receiveOptions)
      const route = readRouteRequest(request)
      try {
        const value = await receiver.receive(route.incoming, receiveRules, use)
        await route.leave()
        return value
      } catch (error) {
        await route.leave(error)
        throw error
      }
    },
    slots: {
      async *list() {
        yield* openSlots().list()
      },
      mint: async (...call) => openSlots().mint(...call),
      revoke: async (id) => openSlots().revoke(id),
      status: async (id) => openSlots().status(id),
      sweep: async () => openSlots().sweep(),
    },
    requests: openLater(() => openSlots().requests),
    handler: createNodeHandler(answer, place, log),
    ...createFetchDoor(answer, place, log),
    mountedAt: (path, base) => place.tell({}, path, base),
    async close() {
      await Promise.all([receiver.close(), openedSlots?.close()])
      leaveSweepers()
    },
  }
  openThroughNode(files, answer, log)
  return files
}
