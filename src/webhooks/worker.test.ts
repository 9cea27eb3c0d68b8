import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { after } from '../core/clock.ts'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts'
import type { Notifier } from './notifier.ts'
import { createDeliveryWorker, type Answer, type DeliveryWorker, type WorkerDeps } from './worker.ts'

const OK: Answer = { status: 200, answer: 'ok', error: null }
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const notifier: Notifier = {
  api: 'test', receivers: () => [], endpointEvent: () => undefined,
  render: () => Promise.reject(new Error('only events of the API’s own')),
  renderOwn: ({ event }) => (event.type === 'broken' ? Promise.reject(new Error('broken')) : Promise.resolve({ headers: {}, body: event.id })),
  accepted: (status) => status === 200, retryDelay_ms: (tries) => (tries > 5 ? undefined : 50), timeouts: { connect_ms: 1_000, read_ms: 1_000, total_ms: 1_000 },
}

describe('the delivery worker', () => {
  let database: TestDatabase
  let posted: string[]
  let answer: (body: string) => Promise<Answer>
  const workers: DeliveryWorker[] = []
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database.close())
  beforeEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop()))
    await database.db.query('DELETE FROM delivery_tries')
    await database.db.query('DELETE FROM deliveries')
    await database.db.query('DELETE FROM events')
    posted = []
    answer = () => Promise.resolve(OK)
  })

  const worker = (more: Partial<WorkerDeps> = {}): DeliveryWorker => {
    const made = createDeliveryWorker({
      db: database.db, clock: { now: () => new Date() }, random: () => 0, notifiers: new Map([['test', notifier]]), load: () => Promise.resolve(undefined), checkpoint: () => undefined, warn: () => undefined,
      post: ({ body }) => {
        posted.push(body)
        return answer(body)
      },
      ...more,
    })
    workers.push(made)
    return made
  }

  const due = async (id: string, more: { mode?: string; type?: string; leased_until?: Date; to?: string } = {}): Promise<void> => {
    const now = new Date()
    await database.db.query(`INSERT INTO events (merchant_id, id, api, mode, type, version, snapshot, created_at) VALUES ('m1', $1, 'test', $4, $2, 0, '{"own": {}}', $3)`, [id, more.type ?? 'told', now, more.mode ?? 'test'])
    await database.db.query(`INSERT INTO deliveries (merchant_id, id, event_id, api, url, due_at, created_at, leased_until) VALUES ('m1', $1, $1, 'test', $4, $2, $2, $3)`, [id, now, more.leased_until ?? null, `http://127.0.0.1/${more.to ?? id}`])
  }

  const states = async (): Promise<Record<string, string>> => Object.fromEntries((await database.db.query<{ id: string; state: string }>('SELECT id, state FROM deliveries')).map(({ id, state }) => [id, state]))

  const until = async (holds: () => Promise<boolean> | boolean, ms = 5_000): Promise<void> => {
    for (const end = Date.now() + ms; !(await holds()); await pause(20)) if (Date.now() > end) throw new Error(`not within ${ms} ms: ${JSON.stringify(await states())}`)
  }

  it('waits less for a receiver in test mode, where the API says so', async () => {
    const waited: Record<string, number> = {}
    const post: WorkerDeps['post'] = ({ body, timeouts }) => {
      waited[body] = timeouts.total_ms
      return Promise.resolve(OK)
    }
    const quick = { connect_ms: 1, read_ms: 2, total_ms: 3 }
    await due('a', { mode: 'test' })
    await due('b', { mode: 'live' })
    await worker({ post, notifiers: new Map([['test', { ...notifier, test_timeouts: quick }]]) }).runOnce()
    await due('c', { mode: 'test' })
    await worker({ post }).runOnce()
    expect(waited).toEqual({ a: 3, b: 1_000, c: 1_000 })
  })

  it('tells one receiver in the order in which it happened, and nobody else waits for that', async () => {
    answer = (body) => (body === 'first' ? pause(300).then(() => OK) : Promise.resolve(OK))
    await due('first', { to: 'slow' })
    await due('second', { to: 'slow' })
    await due('other')
    await worker().runOnce()
    // Between receivers there is no order; the other one is only not made to wait for the slow one.
    expect(posted.filter((body) => body !== 'other')).toEqual(['first', 'second'])
    expect(posted.indexOf('other')).toBeLessThan(2)
  })

  it('delivers, and repeats what was not accepted', async () => {
    await due('a')
    await due('b')
    let refused = 0
    answer = (body) => Promise.resolve(body === 'b' && refused++ < 2 ? { status: 500, answer: null, error: null } : OK)
    const running = worker()
    running.start()
    await until(async () => (await states())['b'] === 'delivered')
    expect(posted.sort()).toEqual(['a', 'b', 'b', 'b'])
  })

  it('does not let a receiver that hangs hold up the others', async () => {
    let release = (): void => undefined
    const hanging = new Promise<Answer>((resolve) => (release = () => resolve(OK)))
    answer = (body) => (body === 'hangs' ? hanging : Promise.resolve(OK))
    await due('hangs')
    const running = worker()
    running.start()
    await until(() => posted.includes('hangs'))
    await due('other')
    running.wake()
    await until(async () => (await states())['other'] === 'delivered')
    expect(await states()).toEqual({ hangs: 'due', other: 'delivered' })
    release()
    await until(async () => (await states())['hangs'] === 'delivered')
  })

  it('keeps what it has taken from others for as long as it takes', async () => {
    let release = (): void => undefined
    answer = () => new Promise<Answer>((resolve) => (release = () => resolve(OK)))
    await due('slow')
    worker({ lease_ms: 300 }).start()
    await until(() => posted.length === 1)
    const second = worker()
    await pause(700)
    expect(await second.runOnce()).toBe(0)
    release()
    await until(async () => (await states())['slow'] === 'delivered')
    expect(posted).toEqual(['slow'])
  })

  it('takes over within seconds what a killed process had taken', async () => {
    // The lease that a worker gives, whose process then dies.
    const dead = worker({ lease_ms: 400, post: () => new Promise(() => undefined) })
    await due('orphan')
    void dead.runOnce()
    await until(async () => (await database.db.query(`SELECT 1 FROM deliveries WHERE leased_until IS NOT NULL`)).length === 1)
    worker().start()
    await until(async () => (await states())['orphan'] === 'delivered')
    expect(posted).toEqual(['orphan'])
    workers.splice(workers.indexOf(dead), 1)
  })

  it('takes nothing back when a stalled worker fails after another one has delivered', async () => {
    await due('twice')
    let fail = (): void => undefined
    const stalled = worker({ lease_ms: 1, post: () => new Promise<Answer>((resolve) => (fail = () => resolve({ status: 500, answer: null, error: null }))) })
    const round = stalled.runOnce()
    await pause(100)
    expect(await worker().runOnce()).toBe(1)
    fail()
    await round
    expect(await states()).toEqual({ twice: 'delivered' })
  })

  it('puts off what cannot be rendered, and goes on with the rest', async () => {
    await due('bad', { type: 'broken' })
    await due('good')
    const warnings: string[] = []
    worker({ warn: (what) => warnings.push(what) }).start()
    await until(async () => (await states())['good'] === 'delivered')
    await pause(200)
    expect(warnings).toEqual(['a delivery could not be made'])
    const [row] = await database.db.query<{ due_at: Date; leased_until: Date | null }>(`SELECT due_at, leased_until FROM deliveries WHERE id = 'bad'`)
    expect(row?.due_at.getTime()).toBeGreaterThan(after(new Date(), 30_000).getTime())
    expect(row?.leased_until).toBeNull()
  })

  it('finishes what is under way before it stops', async () => {
    await due('last')
    answer = () => pause(200).then(() => OK)
    const running = worker()
    running.start()
    await until(() => posted.length === 1)
    await running.stop()
    expect(await states()).toEqual({ last: 'delivered' })
  })
})
