// Shows how an upload is going: a bar for each file, and now and then a word for those who listen.

import { sayDuration, saySpeed, sayShare, fill, type Speech } from '../words/speech.ts'
import { setText } from './elements.ts'
import type { FileRow } from './file-list.ts'
import { createPaceMeter } from './pace.ts'
import type { SendListener } from './send-upload.ts'

/** A view of an upload. */
export interface ProgressView extends SendListener {
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
  const totalBytes = rows.reduce((sum, { file }) => sum + file.size, 0)
  const measure = createPaceMeter(totalBytes)
  let sent = 0
  let toldMs = Date.now()
  let countdown = 0
  setText(live, texts.sending)
  for (const row of rows) row.show(texts.sending, 0)

  /** Says something of all files that are not sent yet; their bars stay where they are. */
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

  return {
    onProgress(sentBytes) {
      sent = sentBytes
      if (sentBytes >= totalBytes) {
        for (const row of rows) row.show(texts.checking, 1)
        return setText(live, texts.checking)
      }
      const nowMs = Date.now()
      const pace = measure(sentBytes, nowMs)
      const told =
        pace === null
          ? texts.sending
          : fill(texts.speedAndTime, {
              speed: saySpeed(speech, pace.bytesPerSecond),
              time: sayDuration(speech, pace.secondsLeft),
            })
      eachShare((row, share) => {
        const percent = sayShare(speech, share)
        if (share === 1) row.show(texts.sent, 1)
        else row.show(share === 0 ? texts.sending : `${percent} · ${told}`, share)
      })
      if (nowMs - toldMs < silenceMs) return
      toldMs = nowMs
      const percent = sayShare(speech, sentBytes / totalBytes)
      setText(live, fill(texts.progress, { percent }))
    },
    onWait({ problem }, waitMs) {
      clearInterval(countdown)
      let seconds = Math.ceil((waitMs ?? 0) / 1000)
      const say = (): string =>
        problem.code === 'slot-busy'
          ? texts.busy
          : waitMs === null
            ? texts.offline
            : fill(texts.reconnecting, { time: sayDuration(speech, seconds) })
      setText(live, say())
      showState(say())
      countdown = setInterval(() => {
        seconds = Math.max(1, seconds - 1)
        showState(say())
      }, 1000)
    },
    onResume() {
      clearInterval(countdown)
      setText(live, texts.sending)
      showState(texts.sending)
    },
    stop() {
      clearInterval(countdown)
      setText(live, '')
      for (const row of rows) row.show(texts.ready, null)
    },
  }
}
