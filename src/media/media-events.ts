// What happens to links and to the files behind them.

import type { TitofistoErrorCode } from '../error-codes.ts'
import type { RefusalReason } from './gate.ts'

/** All that happens to links and files. */
export type MediaEvent = LinkMadeEvent | FileServedEvent | FileRefusedEvent | FileFailedEvent

/** A link was made. */
export interface LinkMadeEvent {
  readonly type: 'link-made'
  /** The file's name in the storage. */
  readonly name: string
  /** `null` for a public file, whose link has no token. */
  readonly tokenFormat: 'native' | 'django' | null
  /** How long it was made to live; `null`: for ever. */
  readonly lifeSeconds: number | null
  /** Whether it works only for who can give its `bind` again. */
  readonly bound: boolean
}

/** A request for a file was answered, and that answer is over: it went out whole, or it broke off. */
export interface FileServedEvent {
  readonly type: 'file-served'
  readonly name: string
  /** Whether it needed no token. */
  readonly public: boolean
  readonly method: 'GET' | 'HEAD'
  /** 200 or 206; 304, 412 and 416 where the file itself was not wanted; 307 where another server sends it. */
  readonly status: number
  /** What of the file the answer carries; one of several ranges is `range`, too. */
  readonly part: 'whole' | 'range' | 'none'
  /** Where its bytes come from: memory, the storage, or the storage's own server, whose answer we don't see. */
  readonly from: 'memory' | 'storage' | 'redirect'
  /** Bytes of the answer's body that were handed on to the system. */
  readonly bytes: number
  /** How large the file is. */
  readonly sizeBytes: number
  /** From the request to the end of its answer. */
  readonly seconds: number
  /** Whether the client left, or the answer broke off, before all of it was handed on. */
  readonly aborted: boolean
}

/** A request for a file was refused; the client got the same 404 as always. */
export interface FileRefusedEvent {
  readonly type: 'file-refused'
  /** Why, in the words of `explain()`. */
  readonly reason: RefusalReason
  /** What was asked for, with any token in it taken out; missing where the link has no name. */
  readonly name?: string
}

/** A request for a file was answered by 500: the fault is ours, the storage's, or a hook's. The log has the cause. */
export interface FileFailedEvent {
  readonly type: 'file-failed'
  readonly name: string
  /** `bind-failed`: the option `bindOf` threw. */
  readonly reason: TitofistoErrorCode | 'bind-failed' | 'internal-error'
}
