// Shows how an upload is going: a bar for each file, and now and then a word for those who listen.

import type { UploadProgress } from '../../client/index.ts'
import { sayDuration, saySpeed, sayShare, fill, type Speech } from '../words/speech.ts'
import { setText } from './elements.ts'
import type { FileRow } from './file-list.ts'

/** A view of an upload. */
export interface ProgressView {
  show(progress: UploadProgress): void
  /** Says something of all files that are not sent yet; their bars stay where they are. */
  say(text: string): void
  /** Takes the bars away. */
  stop(): void
}

/** Between two words to those who listen. */
const silenceMs = 10_000

/** Makes the view; `live` is read out by screen readers. */
export function createProgressView(
  speech: Speech,
  rows: readonly FileRow[],
  live: Element,
): ProgressView {
  const { texts } = speech
  let sent = 0
  let shown: UploadProgress['state'] = 'sending'
  let toldMs = Date.now()
  let countdown = 0
  setText(live, texts.sending)
  for (const row of rows) row.show(texts.sending, 0)

  function showState(text: string): void {
    eachShare((row, share) => row.show(share < 1 ? text : texts.sent, share))
  }

  function eachShare(use: (row: FileRow, share: number) => void): void {
    // In the order in which they are sent.
    let before = 0
    for (const row of rows) {
      const { size } = row.file
      use(row, size === 0 ? 1 : Math.min(1, Math.max(0, (sent - before) / size)))
      before += size
    }
  }

  function say(text: string): void {
    setText(live, text)
    showState(text)
  }

  function showSending({ sentBytes, totalBytes, bytesPerSecond, secondsLeft }: UploadProgress) {
    const told =
      bytesPerSecond === null || secondsLeft === null
        ? texts.sending
        : fill(texts.speedAndTime, {
            speed: saySpeed(speech, bytesPerSecond),
            time: sayDuration(speech, secondsLeft),
          })
    eachShare((row, share) => {
      const percent = sayShare(speech, share)
      if (share === 1) row.show(texts.sent, 1)
      else row.show(share === 0 ? texts.sending : `${percent} · ${told}`, share)
    })
    const nowMs = Date.now()
    if (shown !== 'sending') setText(live, texts.sending)
    else if (nowMs - toldMs >= silenceMs) {
      toldMs = nowMs
      setText(live, fill(texts.progress, { percent: sayShare(speech, sentBytes / totalBytes) }))
    }
  }

  function showWaiting({ error, retryInSeconds }: UploadProgress): void {
    let seconds = Math.ceil(retryInSeconds ?? 0)
    const reason = (): string => {
      if (error?.code === 'slot-busy') return texts.busy
      const time = sayDuration(speech, seconds)
      return navigator.onLine ? fill(texts.reconnecting, { time }) : texts.offline
    }
    say(reason())
    countdown = setInterval(() => {
      seconds -= 1
      showState(reason())
    }, 1000)
  }

  return {
    show(progress) {
      clearInterval(countdown)
      const { state, sentBytes } = progress
      sent = sentBytes
      if (state === 'sending') showSending(progress)
      else if (state === 'waiting') showWaiting(progress)
      else if (state === 'paused') say(navigator.onLine ? texts.paused : texts.offline)
      else {
        setText(live, texts.checking)
        for (const row of rows) row.show(texts.checking, 1)
      }
      shown = state
    },
    say(text) {
      clearInterval(countdown)
      say(text)
    },
    stop() {
      clearInterval(countdown)
      setText(live, '')
      for (const row of rows) row.show(texts.ready, null)
    },
  }
}
