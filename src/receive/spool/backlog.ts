// How many bytes of an upload wait in memory for the disk, and when the sender must wait instead.
// Each upload has its own bounds; all of one process together have another, so that many fast
// senders before one slow disk don't add up.

/** An upload's waiting bytes. */
export interface Backlog {
  add(bytes: number): void
  remove(bytes: number): void
}

/** Whoever sends the bytes. */
export interface PausableSender {
  pause(): void
  resume(): void
}

/** What a chunk weighs beyond its bytes: one-byte chunks must not fill the memory with objects. */
export const chunkOverheadBytes = 256

/** Above this the sender waits; below {@link resumeBytes} it goes on. */
const pauseBytes = 4 * 1024 * 1024
const resumeBytes = 1024 * 1024

/** Above this in the whole process, each upload has to do with {@link crowdedPauseBytes}. */
const crowdedBytes = 64 * 1024 * 1024
const crowdedPauseBytes = 1024 * 1024
const crowdedResumeBytes = 512 * 1024

let processWaitingBytes = 0

/** Makes an upload's backlog, which lets its sender pause and resume by turns. */
export function createBacklog(sender: PausableSender): Backlog {
  let waitingBytes = 0
  let isPaused = false
  return {
    add(bytes) {
      waitingBytes += bytes
      processWaitingBytes += bytes
      if (isPaused || waitingBytes < pauseBytesNow()) return
      isPaused = true
      sender.pause()
    },
    remove(bytes) {
      waitingBytes -= bytes
      processWaitingBytes -= bytes
      if (!isPaused || waitingBytes > resumeBytesNow()) return
      isPaused = false
      sender.resume()
    },
  }
}

function pauseBytesNow(): number {
  return processWaitingBytes > crowdedBytes ? crowdedPauseBytes : pauseBytes
}

function resumeBytesNow(): number {
  return processWaitingBytes > crowdedBytes ? crowdedResumeBytes : resumeBytes
}
