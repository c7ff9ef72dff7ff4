// What this process is doing with slots right now: for progress, for taking a slot back while its
// bytes come in, and for a calm stop. Other processes see only the store.

import type { SlotId } from './slot.ts'
import { StopSign } from './stop-sign.ts'

/** One upload that is coming in here. */
export interface UploadHere {
  readonly holder: string
  readonly isResumable: boolean
  readonly receivedBytes: number
  /** Stops it; its slot is given back. Resolves when that is done. */
  stop(reason: string): Promise<void>
}

/** What begins when an upload does. */
export interface BegunUpload {
  /** Given when the upload is stopped from elsewhere. */
  readonly stopSign: StopSign
  onProgress(receivedBytes: number): void
  /** To be called when nothing of it is going on any more. */
  end(): void
}

/** All that goes on here. */
export interface WorkHere {
  begin(id: SlotId, holder: string, isResumable: boolean): BegunUpload
  find(id: SlotId): UploadHere | null
  /** Says that a slot has changed. */
  tell(id: SlotId): void
  /** Calls back when bytes came in or the slot was told to have changed, until the returned function is called. */
  watch(id: SlotId, callback: () => void): () => void
  /** Keeps count of a handler that runs. */
  track<Value>(handling: Promise<Value>): Promise<Value>
  /** Stops all uploads, and waits for them and for running handlers. */
  stopAll(): Promise<void>
}

/** Makes the list of what goes on here, empty at first. */
export function createWorkHere(): WorkHere {
  const uploads = new Map<SlotId, RunningUpload>()
  const watchers = new Map<SlotId, Set<() => void>>()
  const handlings = new Set<Promise<unknown>>()

  function tell(id: SlotId): void {
    for (const callback of watchers.get(id) ?? []) callback()
  }

  return {
    begin(id, holder, isResumable) {
      const upload = startUpload(holder, isResumable, () => tell(id))
      uploads.set(id, upload)
      tell(id)
      return {
        stopSign: upload.stopSign,
        onProgress: (receivedBytes) => upload.onProgress(receivedBytes),
        end() {
          // A later claim may stand here by now, if this one has lost its lease.
          if (uploads.get(id) === upload) uploads.delete(id)
          upload.end()
          tell(id)
        },
      }
    },
    find: (id) => uploads.get(id) ?? null,
    tell,
    watch(id, callback) {
      const callbacks = watchers.get(id) ?? new Set()
      watchers.set(id, callbacks.add(callback))
      return () => {
        callbacks.delete(callback)
        if (callbacks.size === 0 && watchers.get(id) === callbacks) watchers.delete(id)
      }
    },
    async track(handling) {
      handlings.add(handling)
      try {
        return await handling
      } finally {
        handlings.delete(handling)
      }
    },
    async stopAll() {
      await Promise.all([...uploads.values()].map((upload) => upload.stop('The server stops.')))
      await Promise.allSettled(handlings)
    },
  }
}

interface RunningUpload extends UploadHere {
  readonly stopSign: StopSign
  onProgress(receivedBytes: number): void
  end(): void
}

function startUpload(holder: string, isResumable: boolean, tell: () => void): RunningUpload {
  const stopSign = new StopSign()
  let receivedBytes = 0
  let end = (): void => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  return {
    holder,
    isResumable,
    stopSign,
    get receivedBytes() {
      return receivedBytes
    },
    onProgress(bytes) {
      receivedBytes = bytes
      tell()
    },
    stop(reason) {
      stopSign.stop(reason)
      return ended
    },
    end,
  }
}
