// All that happens, as one union; and who hears of it: the option `onEvent`, and whoever subscribes to
// a channel of `node:diagnostics_channel`. docs/observability.md has the table.

import { channel, type Channel } from 'node:diagnostics_channel'
import type { Events } from './events.ts'
import type { Log } from './log.ts'
import type { MediaEvent } from './media/media-events.ts'
import type { ReceiveEvent } from './receive/receive-events.ts'
import type { SlotEvent } from './slots/record/slot-events.ts'

/** Something that happened: `event.type` says what, and narrows the rest. */
export type TitofistoEvent = MediaEvent | SlotEvent | ReceiveEvent

/** Hears of all that happens. Called while it happens: what takes time belongs elsewhere. */
export type OnEvent = (event: TitofistoEvent) => void | Promise<void>

const channelNamed = (type: TitofistoEvent['type']): Channel => channel(`titofisto:${type}`)

/** Held here, since Node forgets a channel that nobody holds. */
const channels: { readonly [Type in TitofistoEvent['type']]: Channel } = {
  'link-made': channelNamed('link-made'),
  'file-served': channelNamed('file-served'),
  'file-refused': channelNamed('file-refused'),
  'file-failed': channelNamed('file-failed'),
  'slot-minted': channelNamed('slot-minted'),
  'slot-extended': channelNamed('slot-extended'),
  'slot-claimed': channelNamed('slot-claimed'),
  'slot-received': channelNamed('slot-received'),
  'slot-handled': channelNamed('slot-handled'),
  'slot-rejected': channelNamed('slot-rejected'),
  'slot-failed': channelNamed('slot-failed'),
  'slot-interrupted': channelNamed('slot-interrupted'),
  'slot-recovered': channelNamed('slot-recovered'),
  'slot-revoked': channelNamed('slot-revoked'),
  'slot-expired': channelNamed('slot-expired'),
  'slot-refused': channelNamed('slot-refused'),
  'slots-swept': channelNamed('slots-swept'),
  'upload-received': channelNamed('upload-received'),
  'upload-handled': channelNamed('upload-handled'),
  'upload-failed': channelNamed('upload-failed'),
  'upload-refused': channelNamed('upload-refused'),
}

/** Makes the one place that events go to. What a listener throws, or rejects with, is logged the first time. */
export function createEvents(onEvent: OnEvent | undefined, log: Log): Events<TitofistoEvent> {
  let hasFailed = false

  function fail(cause: unknown): void {
    if (hasFailed) return
    hasFailed = true
    const message = 'Option "onEvent" threw or rejected; it will, and no more is said of it.'
    try {
      log({ level: 'error', event: 'listener-failed', message, cause })
    } catch {
      // There is nowhere left to tell it.
    }
  }

  return {
    isHeard: (type) => onEvent !== undefined || channels[type].hasSubscribers,
    tell(event) {
      const { [event.type]: itsChannel } = channels
      // What a subscriber throws, Node throws again where nobody of us is on the stack.
      if (itsChannel.hasSubscribers) itsChannel.publish(event)
      if (onEvent === undefined) return
      try {
        // A promise of whatever library; most listeners give none.
        const answer: unknown = onEvent(event)
        if (answer !== undefined) Promise.resolve(answer).catch(fail)
      } catch (cause) {
        fail(cause)
      }
    },
  }
}
