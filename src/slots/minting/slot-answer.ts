// What became of an upload, for its minting side alone: what the handler answered, and what it saved.

import type { HandledUpload, SlotRecord, SlotResult } from '../record/slot.ts'

/** What a handler answered, as plain JSON. */
export interface SlotAnswer {
  /** The status; 204 where the body was too long to keep. */
  readonly status: number
  /** The value, where the answer was JSON. */
  readonly json?: unknown
  /** The text, where it was text. Of a refusal: what the handler said. */
  readonly text?: string
}

/** What a slot's status tells of its handler's work. */
export interface ToldAnswer {
  readonly answer: SlotAnswer | null
  readonly savedNames: readonly string[]
  readonly savedCount: number
}

/** Tells how a slot's upload was answered. */
export function tellAnswer({ state }: SlotRecord): ToldAnswer {
  switch (state.name) {
    case 'done': {
      const { result, answer = result } = state
      return { answer: answer === null ? null : toAnswer(answer), ...tellSaved(state) }
    }
    case 'rejected':
      return { answer: toAnswer(state.result), ...tellSaved(state) }
    default:
      return { answer: null, savedNames: [], savedCount: 0 }
  }
}

/** A copy: the record may be the very one that the store has. */
function tellSaved({ savedNames = [], savedCount = 0 }: HandledUpload): Omit<ToldAnswer, 'answer'> {
  return { savedNames: [...savedNames], savedCount }
}

function toAnswer({ status, headers, body }: SlotResult): SlotAnswer {
  if (body === null) return { status }
  const at = headers.findIndex((name, index) => index % 2 === 0 && /^content-type$/i.test(name))
  const type = (at < 0 ? '' : (headers[at + 1] ?? '')).toLowerCase()
  const isJson = /^application\/(?:[^;\s]+\+)?json(?:[;\s]|$)/.test(type)
  if (!isJson && !type.startsWith('text/')) return { status }
  const text = Buffer.from(body, 'base64').toString()
  if (!isJson) return { status, text: text.replace(/\n$/, '') }
  try {
    return { status, json: JSON.parse(text) as unknown }
  } catch {
    // A handler's own Response may call anything JSON.
    return { status, text }
  }
}
