/**
 * Numbers about a running process in Prometheus' text format (version 0.0.4): counters, histograms, and gauges that are asked for when
 * somebody looks. Counting is an addition in a map; nothing is computed until then.
 *
 * Label values come from a closed set (an API, a route's pattern, a state), never from a request, so that the number of series stays
 * small; what exceeds SERIES_MAX is counted under the label values `other`.
 */
export type Labels = Readonly<Record<string, string | number>>

export interface Counter {
  add(labels: Labels, by?: number): void
}

export interface Histogram {
  observe(labels: Labels, value: number): void
}

/** One value of a gauge. */
export type Sample = readonly [labels: Labels, value: number]

export interface Metrics {
  counter(name: string, help: string): Counter
  /** `buckets`: upper bounds, ascending. */
  histogram(name: string, help: string, buckets: readonly number[]): Histogram
  /** Asked at each scrape. One that fails is left out, and the others are still shown. */
  gauge(name: string, help: string, read: () => readonly Sample[] | Promise<readonly Sample[]>): void
  /** The whole text. */
  render(): Promise<string>
}

const SERIES_MAX = 2_000
const NAME = /^[a-z][a-z0-9_]*$/

/** From a millisecond to the longest time-out, in seconds. */
export const SECONDS: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly lines: () => readonly string[] | Promise<readonly string[]>
}

export function createMetrics(): Metrics {
  const families: Family[] = []
  const add = (family: Family): void => {
    if (!NAME.test(family.name) || families.some(({ name }) => name === family.name)) throw new RangeError(`not a new metric's name: ${family.name}`)
    families.push(family)
  }
  return {
    counter: (name, help) => {
      const series = new Map<string, Series<{ count: number }>>()
      add({ name, help, type: 'counter', lines: () => [...series.values()].map(({ labels, value }) => `${name}${labels} ${value.count}`) })
      return { add: (labels, by = 1) => void (seriesOf(series, labels, () => ({ count: 0 })).count += by) }
    },
    histogram: (name, help, buckets) => {
      const series = new Map<string, Series<Distribution>>()
      add({ name, help, type: 'histogram', lines: () => [...series.values()].flatMap(({ labels, value }) => histogramLines(name, labels, buckets, value)) })
      return { observe: (labels, value) => record(seriesOf(series, labels, () => ({ counts: new Array<number>(buckets.length + 1).fill(0), sum: 0 })), buckets, value) }
    },
    gauge: (name, help, read) => {
      add({ name, help, type: 'gauge', lines: async () => (await read()).map(([labels, value]) => `${name}${labelText(labels)} ${value}`) })
    },
    render: async () => {
      const texts = await Promise.all(families.map(async ({ name, help, type, lines }) => {
        const shown = await Promise.resolve().then(lines).catch((): string[] => [])
        return shown.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${shown.join('\n')}\n`
      }))
      return texts.join('')
    },
  }
}

/** One combination of label values: as it is written, and what is counted under it. */
interface Series<T> {
  readonly labels: string
  readonly value: T
}

interface Distribution {
  /** Per bucket, the last one for what is above all bounds. */
  readonly counts: number[]
  sum: number
}

function record(distribution: Distribution, buckets: readonly number[], value: number): void {
  let bucket = 0
  while (bucket < buckets.length && value > (buckets[bucket] ?? 0)) bucket++
  distribution.counts[bucket] = (distribution.counts[bucket] ?? 0) + 1
  distribution.sum += value
}

function histogramLines(name: string, labels: string, buckets: readonly number[], { counts, sum }: Distribution): string[] {
  const inner = labels === '' ? '' : `${labels.slice(1, -1)},`
  let total = 0
  const lines = [...buckets, Infinity].map((bound, index) => {
    total += counts[index] ?? 0
    return `${name}_bucket{${inner}le="${bound === Infinity ? '+Inf' : bound}"} ${total}`
  })
  return [...lines, `${name}_sum${labels} ${sum}`, `${name}_count${labels} ${total}`]
}

/** Found by the values alone, which costs a fraction of writing the labels out; the names of a family's labels are always the same. */
function seriesOf<T>(series: Map<string, Series<T>>, labels: Labels, make: () => T): T {
  let key = ''
  for (const name in labels) key += `${labels[name]}\0`
  const known = series.get(key)
  if (known !== undefined) return known.value
  const rest = series.size >= SERIES_MAX
  const text = labelText(rest ? Object.fromEntries(Object.keys(labels).map((name) => [name, 'other'])) : labels)
  if (rest) key = text
  const found = series.get(key) ?? { labels: text, value: make() }
  series.set(key, found)
  return found.value
}

function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${String(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`)
  return parts.length === 0 ? '' : `{${parts.join(',')}}`
}
