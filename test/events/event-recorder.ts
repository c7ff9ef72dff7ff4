// What happened, as a listener hears it, to be waited for.

import { expect } from 'vitest'
import type { TitofistoEvent } from '../../src/index.ts'

/** Events of one type. */
export type EventOf<Type extends TitofistoEvent['type']> = Extract<TitofistoEvent, { type: Type }>

/** Keeps all events. */
export class EventRecorder {
  readonly events: TitofistoEvent[] = []
  readonly onEvent = (event: TitofistoEvent): void => void this.events.push(event)

  of<Type extends TitofistoEvent['type']>(type: Type): EventOf<Type>[] {
    return this.events.filter((event): event is EventOf<Type> => event.type === type)
  }

  /** The first so many events of a type, once they were told; there may be no more. */
  async wait<Type extends TitofistoEvent['type']>(type: Type, count = 1): Promise<EventOf<Type>[]> {
    await expect.poll(() => this.of(type).length).toBeGreaterThanOrEqual(count)
    return this.of(type)
  }

  /** The one event of a type. */
  async only<Type extends TitofistoEvent['type']>(type: Type): Promise<EventOf<Type>> {
    const [event, ...others] = await this.wait(type)
    if (event === undefined) throw new Error('It was waited for.')
    expect(others).toEqual([])
    return event
  }
}
