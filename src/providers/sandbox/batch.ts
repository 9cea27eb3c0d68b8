/**
 * Group commit: items that arrive while a flush is under way wait and go together in the next one. When nobody else is there
 * an item goes alone, at once.
 */

/** `flush` answers for every item, in order; a throw of it is everybody's. At most `size_max` items go together. */
export function createBatcher<Item, Answer>(
  flush: (items: readonly Item[]) => Promise<readonly Answer[]>,
  { size_max = 500 }: { size_max?: number } = {},
): (item: Item) => Promise<Answer> {
  interface Waiting {
    readonly item: Item
    readonly resolve: (answer: Answer) => void
    readonly reject: (error: unknown) => void
  }
  let queue: Waiting[] = []
  let flushing = false

  const drain = async (): Promise<void> => {
    flushing = true
    while (queue.length > 0) {
      const group = queue.slice(0, size_max)
      queue = queue.slice(size_max)
      try {
        const answers = await flush(group.map(({ item }) => item))
        if (answers.length !== group.length) throw new Error(`${group.length} items, ${answers.length} answers`)
        group.forEach(({ resolve }, index) => resolve(answers[index] as Answer))
      } catch (error) {
        group.forEach(({ reject }) => reject(error))
      }
    }
    flushing = false
  }

  return (item) =>
    new Promise((resolve, reject) => {
      queue.push({ item, resolve, reject })
      if (!flushing) void drain()
    })
}
