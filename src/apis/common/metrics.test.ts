import { describe, expect, it } from 'vitest'
import { createMetrics } from './metrics.ts'

describe('metrics', () => {
  it('writes counters, histograms and gauges in the text format', async () => {
    const metrics = createMetrics()
    const counter = metrics.counter('things_total', 'Things.')
    counter.add({ kind: 'a' })
    counter.add({ kind: 'a' }, 2)
    counter.add({ kind: 'b "quoted" \\ and\nbroken' })
    const histogram = metrics.histogram('took_seconds', 'Took.', [0.1, 1])
    for (const value of [0.05, 0.1, 0.5, 7]) histogram.observe({}, value)
    metrics.gauge('now', 'Now.', async () => [[{ of: 'x' }, 3]])
    expect(await metrics.render()).toBe(
      `# HELP things_total Things.
# TYPE things_total counter
things_total{kind="a"} 3
things_total{kind="b \\"quoted\\" \\\\ and\\nbroken"} 1
# HELP took_seconds Took.
# TYPE took_seconds histogram
took_seconds_bucket{le="0.1"} 2
took_seconds_bucket{le="1"} 3
took_seconds_bucket{le="+Inf"} 4
took_seconds_sum 7.65
took_seconds_count 4
# HELP now Now.
# TYPE now gauge
now{of="x"} 3
`,
    )
  })

  it('leaves out a gauge that cannot be read, and what has no value yet', async () => {
    const metrics = createMetrics()
    metrics.counter('empty_total', 'Nothing.')
    metrics.gauge('broken', 'Broken.', () => Promise.reject(new Error('the database is away')))
    metrics.gauge('thrown', 'Thrown.', () => {
      throw new Error('at once')
    })
    metrics.gauge('fine', 'Fine.', () => [[{}, 1]])
    expect(await metrics.render()).toBe('# HELP fine Fine.\n# TYPE fine gauge\nfine 1\n')
  })

  it('keeps the number of series bounded', async () => {
    const metrics = createMetrics()
    const counter = metrics.counter('many_total', 'Many.')
    for (let n = 0; n < 3_000; n++) counter.add({ n })
    const lines = (await metrics.render()).trim().split('\n').slice(2)
    expect(lines).toHaveLength(2_001)
    expect(lines.at(-1)).toBe('many_total{n="other"} 1000')
  })

  it('refuses a name twice, and what is no name', () => {
    const metrics = createMetrics()
    metrics.counter('a_total', 'A.')
    expect(() => metrics.counter('a_total', 'A.')).toThrow('not a new')
    expect(() => metrics.counter('A-total', 'A.')).toThrow('not a new')
  })
})
