// Work on many things, a few at a time.

/**
 * What `work` gives for each item, in their order; with no more than `maxAtOnce` under way. Once one
 * fails no other is begun, and when the last is done its error is thrown.
 */
export async function mapAtOnce<Item, Value>(
  items: readonly Item[],
  maxAtOnce: number,
  work: (item: Item) => Promise<Value>,
): Promise<Value[]> {
  const values: Value[] = []
  let next = 0
  async function workOn(): Promise<void> {
    while (next < items.length) {
      const index = next++
      // There is one: its number is below the length.
      const item = items[index] as Item
      try {
        values[index] = await work(item)
      } catch (error) {
        next = items.length
        throw error
      }
    }
  }
  const workers = Array.from({ length: Math.min(maxAtOnce, items.length) }, () => workOn())
  const failed = (await Promise.allSettled(workers)).find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
  return values
}
