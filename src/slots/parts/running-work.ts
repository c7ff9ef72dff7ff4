// Uploads and handlers running in this process: for progress, for taking a slot back while its bytes
// come in, and for a calm stop. Other processes see only the store.

import { EventEmitter } from 'node:events'
import type { SlotId } from '../record/slot.ts'
import { StopSign } from '../../receive/intake/stop-sign.ts'

/** One upload that is coming in here. */
export interface RunningUpload {
  readonly isResumable: boolean
  /** When it began, by `performance.now()`. */
  readonly beganMs: number
  receivedBytes: number
  /** All bytes that its request brings; `null` where it does not tell. */
  totalBytes: number | null
  /** Given when the upload is stopped. */
  readonly stopSign: StopSign
  onProgress(receivedBytes: number, totalBytes: number | null): void
  /** Stops it; its slot is given back. Resolves when that is done. */
  stop(reason: string): Promise<void>
  /** To be called when nothing of it is going on any more. */
  end(): void
}

/** All that goes on here. */
export interface WorkHere {
  /**
   * `unclaimed`: its slot is not its own yet, so that there may be others. It is stopped with all,
   * and never found.
   */
  begin(id: SlotId, way: 'whole' | 'resumable' | 'unclaimed'): RunningUpload
  find(id: SlotId): RunningUpload | null
  /** Says that a slot has changed. */
  tell(id: SlotId): void
  /** Calls back when bytes came in or the slot was told to have changed, until the returned function is called. */
  watch(id: SlotId, callback: () => void): () => void
  /** Says that a handler begins to read a slot's bytes, until the returned function is called. */
  beginHandler(id: SlotId): () => void
  /** Whether a handler here may still read a slot's bytes, whatever its record says. */
  isHandling(id: SlotId): boolean
  /** Whether all is to stop: then nothing new may begin. */
  readonly isStopping: boolean
  /** Counts work as going on, up to its end: `stopAll` waits for it. */
  track<Value>(work: Promise<Value>): Promise<Value>
  /** Calls back once all is to stop, at once where it is already, unless the returned function is called before. */
  onStop(callback: () => void): () => void
  /** Stops all uploads, and waits for all that is tracked, and for what that begins. */
  stopAll(): Promise<void>
}

const stopReason = 'The server stops.'

/** Makes the list of what goes on here, empty at first. */
export function createWorkHere(): WorkHere {
  const uploads = new Map<SlotId, RunningUpload>()
  const running = new Set<RunningUpload>()
  const changes = new EventEmitter().setMaxListeners(0)
  const tracked = new Set<Promise<unknown>>()
  const handlers = new Map<SlotId, number>()
  const stopCallbacks = new Set<() => void>()
  let isStopping = false

  const tell = (id: SlotId): void => void changes.emit(id)

  return {
    begin(id, way) {
      const stopSign = new StopSign()
      let settle = (): void => {}
      const ended = new Promise<void>((resolve) => {
        settle = resolve
      })
      const upload: RunningUpload = {
        isResumable: way === 'resumable',
        beganMs: performance.now(),
        receivedBytes: 0,
        totalBytes: null,
        stopSign,
        onProgress(receivedBytes, totalBytes) {
          upload.receivedBytes = receivedBytes
          upload.totalBytes = totalBytes
          tell(id)
        },
        stop(reason) {
          stopSign.stop(reason)
          return ended
        },
        end() {
          settle()
          running.delete(upload)
          // A later claim may stand here by now, if this one has lost its lease.
          if (uploads.get(id) === upload) uploads.delete(id)
          tell(id)
        },
      }
      if (isStopping) stopSign.stop(stopReason)
      running.add(upload)
      if (way !== 'unclaimed') uploads.set(id, upload)
      tell(id)
      return upload
    },
    find: (id) => uploads.get(id) ?? null,
    tell,
    watch(id, callback) {
      changes.on(id, callback)
      return () => void changes.off(id, callback)
    },
    beginHandler(id) {
      handlers.set(id, (handlers.get(id) ?? 0) + 1)
      return () => {
        const others = (handlers.get(id) ?? 1) - 1
        if (others === 0) handlers.delete(id)
        else handlers.set(id, others)
      }
    },
    isHandling: (id) => handlers.has(id),
    get isStopping() {
      return isStopping
    },
    async track(work) {
      tracked.add(work)
      try {
        return await work
      } finally {
        tracked.delete(work)
      }
    },
    onStop(callback) {
      if (isStopping) callback()
      else stopCallbacks.add(callback)
      return () => stopCallbacks.delete(callback)
    },
    async stopAll() {
      isStopping = true
      for (const callback of stopCallbacks) callback()
      for (const upload of running) upload.stopSign.stop(stopReason)
      // What comes to its end may have begun something else: a handler, an outcome to be written down.
      while (tracked.size > 0) await Promise.allSettled(tracked)
    },
  }
}
