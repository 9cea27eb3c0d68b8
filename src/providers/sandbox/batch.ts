/**
 * Group commit: items that arrive while a flush is under way wait and go together in the next one. When nobody else is there
 * an item goes alone.
 */

/**
 * `flush` answers for every item, in order. When it throws for a group, nothing of the group may have happened: its items are tried
 * once more, each alone, so that one bad item does not fail its neighbours. At most `size_max` items go together.
 */
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
    while (queue.length > 0) {
      const group = queue.slice(0, size_max)
      queue = queue.slice(size_max)
      await send(group).catch(async (error: unknown) => {
        const [only, ...others] = group
        if (only && others.length === 0) return only.reject(error)
        for (const one of group) await send([one]).catch((alone: unknown) => one.reject(alone))
      })
    }
    flushing = false
  }

  const send = async (group: readonly Waiting[]): Promise<void> => {
    const answers = await flush(group.map(({ item }) => item))
    if (answers.length !== group.length) throw new Error(`${group.length} items, ${answers.length} answers`)
    group.forEach(({ resolve }, index) => resolve(answers[index] as Answer))
  }

  return (item) =>
    new Promise((resolve, reject) => {
      queue.push({ item, resolve, reject })
      if (flushing) return
      flushing = true
      // After the current turn of the event loop: what arrived together goes together.
      setImmediate(() => void drain())
    })
}
