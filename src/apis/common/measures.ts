/** What is measured, and where it is taken: at the server, the committer and the providers, each wrapped from outside. */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { FastifyInstance } from 'fastify'
import { valueIn } from '../../db/columns.ts'
import type { Committer } from '../../db/commit.ts'
import type { Db } from '../../db/db.ts'
import type { Inquiry, Provider } from '../../providers/contract.ts'
import { createMetrics, SECONDS, type Metrics, type Sample } from './metrics.ts'

export interface Measures {
  readonly metrics: Metrics
  /** Counts every answer of the server. Call before routes are added. */
  server(server: FastifyInstance): void
  committer(committer: Committer): Committer
  /** For the committer: one statement with so many write sets took so long. */
  readonly group: (size: number, duration_ms: number) => void
  provider<P extends Provider>(provider: P): P
  /** Stops what measures by itself. */
  close(): void
}

/** How often the database may be asked for the gauges, however often somebody looks. */
const READ_MS_MIN = 5_000
/** A count stops here: whoever sees it knows enough. */
const ROWS_MAX = 100_000
const EVENT_LOOP_RESOLUTION_MS = 20

export function createMeasures(db: Db, now: () => Date): Measures {
  const metrics = createMetrics()
  const requests = metrics.histogram('tender_http_request_duration_seconds', 'Requests by API, method, pattern of the route and status.', SECONDS)
  const events = metrics.counter('tender_events_total', 'Facts by API and type: a payment or a refund came into a state.')
  const commits = metrics.histogram('tender_commit_duration_seconds', 'Time that a write set takes, with its wait for a place in a group.', SECONDS)
  const groups = metrics.histogram('tender_commit_group_size', 'Write sets per statement of the group commit.', [1, 2, 4, 8, 16, 32, 64, 128, 256])
  const statements = metrics.histogram('tender_commit_statement_duration_seconds', 'Time that one statement of the group commit takes.', SECONDS)
  const calls = metrics.histogram('tender_provider_call_duration_seconds', 'Calls of providers by operation and outcome.', SECONDS)
  databaseGauges(metrics, db, now)
  const loop = processGauges(metrics)
  return {
    metrics,
    server: (server) => {
      server.addHook('onResponse', (request, reply, done) => {
        const route = request.routeOptions.url ?? 'none'
        const api = route.split('/')[1]
        requests.observe({ api: api === undefined || api === '' || api.includes(':') ? 'none' : api, method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000)
        done()
      })
    },
    committer: (committer) => ({
      ...committer,
      commit: async (writes) => {
        const start = performance.now()
        const result = await committer.commit(writes)
        commits.observe({ result }, (performance.now() - start) / 1000)
        if (result === 'done') for (const [part, row] of writes.rows) if (part.name === '+events') events.add({ api: String(valueIn(row, 'api')), type: String(valueIn(row, 'type')) })
        return result
      },
    }),
    group: (size, duration_ms) => {
      groups.observe({}, size)
      statements.observe({}, duration_ms / 1000)
    },
    provider: (provider) => {
      const measured = async <T extends Inquiry>(operation: string, call: Promise<T>): Promise<T> => {
        const start = performance.now()
        let outcome = 'unknown'
        try {
          const answer = await call
          outcome = answer.status
          return answer
        } finally {
          calls.observe({ provider: provider.name, operation, outcome }, (performance.now() - start) / 1000)
        }
      }
      return {
        ...provider,
        execute: (operation, signal) => measured(operation.kind, provider.execute(operation, signal)),
        inquire: (key, signal) => measured('inquire', provider.inquire(key, signal)),
        resume: (key, input, signal) => measured('resume', provider.resume(key, input, signal)),
        abandon: (key, signal) => measured('abandon', provider.abandon(key, signal)),
      }
    },
    close: () => loop.disable(),
  }
}

interface Backlog extends Record<string, unknown> {
  readonly what: string
  readonly label: string
  readonly rows: bigint
  readonly oldest: Date
}

/** Work that waits, out of partial indexes that hold nothing else. */
async function readBacklog(db: Db, now: Date): Promise<Backlog[]> {
  return db.query<Backlog>(
    `SELECT 'attempts' AS what, state AS label, count(*) AS rows, min(sent_at) AS oldest
     FROM (SELECT state, sent_at FROM attempts WHERE state IN ('sent', 'action', 'processing') LIMIT ${ROWS_MAX}) AS open GROUP BY state
     UNION ALL
     SELECT 'deliveries', api, count(*), min(due_at) FROM (SELECT api, due_at FROM deliveries WHERE state = 'due' AND due_at <= $1 LIMIT ${ROWS_MAX}) AS due GROUP BY api`,
    [now],
  )
}

function databaseGauges(metrics: Metrics, db: Db, now: () => Date): void {
  let read: Promise<Backlog[]> | undefined
  let read_ms = -Infinity
  const backlog = (): Promise<Backlog[]> => {
    if (read === undefined || performance.now() - read_ms > READ_MS_MIN) {
      read_ms = performance.now()
      read = readBacklog(db, now())
      // A failure is not kept: the next look asks again.
      read.catch(() => (read = undefined))
    }
    return read
  }
  const gauge = (name: string, help: string, what: string, label: string, value: (row: Backlog) => number): void =>
    metrics.gauge(name, help, async () => (await backlog()).filter((row) => row.what === what).map((row): Sample => [{ [label]: row.label }, value(row)]))
  const age_s = (row: Backlog): number => Math.max(0, (now().getTime() - row.oldest.getTime()) / 1000)
  gauge('tender_attempts_open', 'Attempts without an outcome, by state.', 'attempts', 'state', (row) => Number(row.rows))
  gauge('tender_attempts_open_oldest_seconds', 'Age of the oldest of them.', 'attempts', 'state', age_s)
  gauge('tender_deliveries_due', 'Notifications that should be on their way, by API.', 'deliveries', 'api', (row) => Number(row.rows))
  gauge('tender_deliveries_due_oldest_seconds', 'How long the oldest of them waits.', 'deliveries', 'api', age_s)
}

function processGauges(metrics: Metrics): { disable(): unknown } {
  const delay = monitorEventLoopDelay({ resolution: EVENT_LOOP_RESOLUTION_MS })
  delay.enable()
  metrics.gauge('tender_process_memory_bytes', 'Memory of the process, by kind.', () => {
    const { rss, heapUsed, external } = process.memoryUsage()
    return [[{ kind: 'resident' }, rss], [{ kind: 'heap' }, heapUsed], [{ kind: 'external' }, external]]
  })
  metrics.gauge('tender_process_cpu_seconds', 'Processor time that the process has used.', () => {
    const { user, system } = process.cpuUsage()
    return [[{ kind: 'user' }, user / 1e6], [{ kind: 'system' }, system / 1e6]]
  })
  metrics.gauge('tender_event_loop_delay_seconds', 'How late the event loop was since the last look.', () => {
    const late = (ns: number): number => (Number.isFinite(ns) ? Math.max(0, ns / 1e9 - EVENT_LOOP_RESOLUTION_MS / 1000) : 0)
    const shown: Sample[] = [[{ quantile: '0.5' }, late(delay.percentile(50))], [{ quantile: '0.99' }, late(delay.percentile(99))], [{ quantile: '1' }, late(delay.max)]]
    delay.reset()
    return shown
  })
  metrics.gauge('tender_process_uptime_seconds', 'Age of the process.', () => [[{}, process.uptime()]])
  return delay
}
