// What createTitofisto() gives: all that an application does with its files.

import type { FetchHandler, FetchResponder } from './http/fetch/fetch-door.ts'
import type { NodeHandler } from './http/node/node-types.ts'
import type { Explanation } from './titofisto-explain.ts'
import type { UrlOptions } from './media/link.ts'
import type { AnySchema } from './receive/read-fields.ts'
import type {
  FormFields,
  Received,
  ReceivedFields,
  ReceiveOptions,
} from './receive/receive-options.ts'
import type { ArgsSchema, SlotDefinition } from './slots/kinds/define-kind.ts'
import type { SlotKind } from './slots/slot-kind.ts'
import type { FileRequests } from './slots/requests/file-requests.ts'
import type { Slots } from './slots/slots.ts'
import type { Storage } from './storage/storage.ts'
import type { ReceivableRequest } from './titofisto-request.ts'

/** Files behind time tokens. */
export interface Titofisto<S extends Storage = Storage> {
  /** The storage it was made with. */
  readonly storage: S
  /** Where it answers, from `/` to `/`: what paths of requests begin with. */
  readonly mountPath: string
  /**
   * Makes a URL for a file, good for a while: until its time is up, or the file or the secret changes.
   *
   * @throws TitofistoError `name-invalid`, `file-missing`, `storage-failed`.
   * @throws TypeError, RangeError for wrong options.
   * @example
   * await files.url('report.pdf', { expiresIn: 600, download: 'Report 2026.pdf' })
   * //=> '/media/report.pdf?titofisto_token=…'
   * await files.url('report.pdf', { origin: 'https://app.example' })
   * //=> 'https://app.example/media/report.pdf?titofisto_token=…'
   */
  url(name: string, options?: UrlOptions): Promise<string>
  /**
   * Makes URLs for many files on the same terms, in the order of their names; `null` where there is no
   * file, or no file can have that name.
   *
   * @throws TitofistoError `file-unreadable`, `storage-failed`.
   * @throws TypeError, RangeError for wrong options.
   * @example
   * await files.urls(['photos/cat.jpg', 'none.jpg'], { expiresIn: 600 })
   * //=> ['/media/photos/cat.jpg?titofisto_token=…', null]
   */
  urls(names: readonly string[], options?: UrlOptions): Promise<(string | null)[]>
  /**
   * Says why a file's link or a slot's URL works or not, for developers. `bind`: what the request
   * would give for a bound token.
   * @example
   * await files.explain(await files.url('report.pdf')) //=> { works: true, reason: 'valid', … }
   * await files.explain('/media/report.pdf') //=> { works: false, reason: 'malformed', … }
   * await files.explain(await avatar.url()) //=> { works: true, reason: 'slot-open', kind: 'avatar', … }
   */
  explain(url: string, options?: { readonly bind?: string }): Promise<Explanation>
  /**
   * Defines a kind of upload slot: one upload, in time, and then the kind's handler runs.
   *
   * Every process that takes uploads or sweeps must define the same kinds; the first one defined
   * opens the upload namespace and starts the sweep. `slot<Args>(…)` names the type of arguments that
   * no schema checks.
   * @throws TypeError, RangeError naming the kind and the option that is wrong.
   * @throws TitofistoError `storage-failed`, `slot-store-failed` when their folders can't be made.
   * @example
   * const inbox = files.slot('inbox', {
   *   maxBytes: 5 * 1024 * 1024,
   *   async handler({ file }) {
   *     return { name: await file.save(`inbox/${file.name}`) }
   *   },
   * })
   * const response = await fetch(origin + (await inbox.url()), { method: 'PUT', body: 'Hello' })
   * await response.json() //=> { name: 'inbox/upload' }
   */
  slot<
    const Schema = undefined,
    const Fields extends ArgsSchema | undefined = undefined,
    Result = unknown,
  >(
    name: string,
    definition: SlotDefinition<Schema, Fields, Result>,
  ): SlotKind<Schema, Result>
  /**
   * Receives an upload in a route of your own, without a slot: a form, or a body that is the file.
   * `request` is Node's or Fetch's, or a framework's that holds one, its body unread. `use` gets what came; what it does not save is
   * gone when it ends. What it gives is given, what it throws is thrown.
   *
   * @throws TitofistoError with the `status` to answer with: what is wrong with the upload, as for
   * slots, `storage-full`, `storage-failed`. A body that other code has read is `upload-already-read`.
   * @throws TypeError, RangeError naming the option that is wrong.
   * @example
   * const request = new Request('https://app.example/notes', { method: 'PUT', body: 'Hello' })
   * const options = { maxBytes: 5_000_000, accept: ['text/plain'] }
   * await files.receive(request, options, ({ file }) => file.save('notes/1.txt')) //=> 'notes/1.txt'
   */
  receive<
    const Fields extends AnySchema | FormFields | undefined = undefined,
    const MinFiles extends number = 1,
    Value = void,
  >(
    request: ReceivableRequest,
    options: ReceiveOptions<Fields, MinFiles>,
    use: (received: Received<ReceivedFields<Fields>, MinFiles>) => Value | Promise<Value>,
  ): Promise<Value>
  /** All slots, of whatever kind: to list, look at, revoke and sweep. The first call makes their folders. */
  readonly slots: Pick<Slots, 'list' | 'mint' | 'revoke' | 'status' | 'sweep'>
  /** All file requests, of whatever kind: to find one again, after a restart or elsewhere. */
  readonly requests: FileRequests
  /**
   * For `http.createServer`, Express, Connect; also for a server's `checkContinue` event.
   * @example
   * const server = createServer(files.handler) // or app.use(files.handler)
   * server.on('checkContinue', files.handler) // for clients that ask before they send much
   * await once(server.listen(0, '127.0.0.1'), 'listening')
   * server.close()
   */
  readonly handler: NodeHandler
  /**
   * For servers that speak `Request` and `Response`.
   * @example
   * const url = new URL(await files.url('report.pdf'), 'https://files.example')
   * const response = await files.fetch(new Request(url))
   * await response.text() //=> 'A report'
   */
  readonly fetch: FetchHandler
  /**
   * As `fetch`, but gives `null` for what is not ours, so that the application can go on; and for
   * routers that cut their mount point off the URL, takes the path that is left.
   *
   * @throws TypeError naming the option that is wrong.
   * @example
   * const url = new URL(await files.url('report.pdf'), 'https://files.example')
   * await files.respond(new Request(url)) //=> { status: 200, … }
   * await files.respond(new Request('https://files.example/about')) //=> null
   * url.pathname = '/report.pdf' // as a router's mount('/media', …) makes it
   * await files.respond(new Request(url), { path: url.pathname }) //=> { status: 200, … }
   */
  readonly respond: FetchResponder
  /**
   * Takes where `handler` hangs, for adapters of frameworks that can say it before requests come: the
   * `path` under which it is mounted ('' where it is not), in an application that is itself below
   * `base`. Requests are found there from then on; links begin with it, too, unless the options say
   * `mediaUrl` or `mountPath`: what doesn't fit to them is logged as `wrong-prefix`. Express and Connect
   * tell it by themselves. A pattern such as `/:tenant` is no place, and changes nothing.
   *
   * Gives the path below which requests are answered, from `/` to `/`.
   * @example
   * files.mountedAt('/files') //=> '/files/'
   * await files.url('report.pdf') //=> '/files/report.pdf?titofisto_token=…'
   */
  mountedAt(path: string, base?: string): string
  /**
   * Ends the sweep and the uploads that are coming in, and waits for running handlers. The server is
   * yours to close.
   * @example
   * server.close()
   * await files.close()
   */
  close(): Promise<void>
}
