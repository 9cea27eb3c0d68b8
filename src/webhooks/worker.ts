/**
 * Delivers what is due: takes deliveries (other workers skip them), renders and signs each in its API's dialect, posts it, and
 * keeps every try. What was taken is leased for seconds, and the lease is renewed for as long as the delivery takes: so a worker
 * that dies leaves nothing behind for longer than that, and every event arrives at least once. A receiver that hangs holds up nobody else.
 */
import type { Clock } from '../core/clock.ts'
import { after } from '../core/clock.ts'
import type { Db } from '../db/db.ts'
import { asOf } from '../events/model.ts'
import { findEvent, findStoredEvent } from '../events/store.ts'
import type { Attempt, Payment, Refund, Reserve } from '../payments/model.ts'
import type { Notice, Notifier, Timeouts } from './notifier.ts'
import { nextDue, putOff, recordTry, renewLeases, takeDue, type Delivery, type DeliveryTry } from './store.ts'

export interface Answer {
  readonly status: number | null
  /** First bytes of the answer. */
  readonly answer: string | null
  readonly error: string | null
}

/** Posts one body; never throws for what the receiver or the network does. Of the answer, `answer_bytes_max` bytes are kept: enough for a log by default. */
export type Post = (request: { url: string; headers: Readonly<Record<string, string>>; body: string; timeouts: Timeouts; merchant_id: string; answer_bytes_max?: number }) => Promise<Answer>

export interface WorkerDeps {
  readonly db: Db
  readonly clock: Clock
  readonly random: () => number
  readonly notifiers: ReadonlyMap<string, Notifier>
  readonly post: Post
  /** A payment and its attempts, for rendering. */
  readonly load: (merchant_id: string, payment_id: string) => Promise<{ payment: Payment; attempts: readonly Attempt[]; refunds?: readonly Refund[]; reserve?: Reserve | undefined } | undefined>
  readonly checkpoint: (label: string) => void
  readonly warn: (what: string, facts: Readonly<Record<string, unknown>>) => void
  /** How long what was taken stays taken without a sign of life. */
  readonly lease_ms?: number
}

export interface DeliveryWorker {
  /** Delivers what is due now; returns how many. */
  runOnce(): Promise<number>
  start(): void
  /** There is something to deliver. */
  wake(): void
  stop(): Promise<void>
}

/** How many one round takes, and how many may be under way at a time. */
const TAKE_MAX = 32
const FLYING_MAX = 128
const LEASE_MS = 6_000
const IDLE_MS_MAX = 5_000
/** What could not even be rendered is tried again after this. */
const BROKEN_MS = 60_000

export function createDeliveryWorker(deps: WorkerDeps): DeliveryWorker {
  const { lease_ms = LEASE_MS } = deps
  const flying = new Map<Delivery, Promise<void>>()
  let stopped = false
  let running: Promise<void> = Promise.resolve()
  let wakeUp: (() => void) | undefined
  let woken = false

  /** The last delivery under way to each receiver about each payment: what comes later waits for it, so that news arrives in the order it happened. */
  const lastTo = new Map<string, Promise<void>>()

  const take = async (count: number): Promise<Promise<void>[]> => {
    const due = await takeDue(deps.db, deps.clock.now(), lease_ms, count)
    return due.toSorted((a, b) => Number(a.position - b.position)).map((delivery) => {
      const line = `${delivery.merchant_id} ${delivery.payment_id ?? ''} ${delivery.url}`
      const done: Promise<void> = (lastTo.get(line) ?? Promise.resolve()).then(() => deliver(deps, delivery)).finally(() => {
        flying.delete(delivery)
        if (lastTo.get(line) === done) lastTo.delete(line)
        // It may be due again, and there is room for another one.
        wake()
      })
      flying.set(delivery, done)
      lastTo.set(line, done)
      return done
    })
  }

  const runOnce = async (): Promise<number> => (await Promise.all(await take(TAKE_MAX))).length

  const loop = async (): Promise<void> => {
    while (!stopped) {
      woken = false
      const room = Math.min(TAKE_MAX, FLYING_MAX - flying.size)
      const taken = room === 0 ? 0 : await take(room).then(({ length }) => length, failed)
      if (taken < TAKE_MAX && !woken) await idle(await pause_ms())
    }
  }

  const failed = (error: unknown): number => {
    deps.warn('a round of deliveries failed', { error: String(error) })
    return 0
  }

  const renew = async (): Promise<void> => {
    if (flying.size > 0) await renewLeases(deps.db, [...flying.keys()], after(deps.clock.now(), lease_ms))
  }

  const pause_ms = async (): Promise<number> => {
    const due = await nextDue(deps.db).catch(() => undefined)
    if (due === undefined || flying.size >= FLYING_MAX) return IDLE_MS_MAX
    return Math.max(20, Math.min(IDLE_MS_MAX, due.getTime() - deps.clock.now().getTime()))
  }

  const idle = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      if (stopped || woken) return resolve()
      const timer = setTimeout(resolve, ms)
      wakeUp = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  const wake = (): void => {
    woken = true
    wakeUp?.()
  }

  let renewing: NodeJS.Timeout | undefined
  return {
    runOnce,
    wake,
    start: () => {
      renewing = setInterval(() => void renew().catch(failed), lease_ms / 3)
      running = loop()
    },
    stop: async () => {
      stopped = true
      wake()
      await running
      await Promise.all(flying.values())
      clearInterval(renewing)
    },
  }
}

async function deliver(deps: WorkerDeps, delivery: Delivery): Promise<void> {
  const notifier = deps.notifiers.get(delivery.api)
  const started = deps.clock.now()
  try {
    if (notifier === undefined) throw new Error(`nobody speaks for ${delivery.api}`)
    const { answer, notice } = await tryOnce(deps, notifier, delivery)
    deps.checkpoint('delivery.sent')
    const ended = deps.clock.now()
    const tried: DeliveryTry = { at: started, duration_ms: ended.getTime() - started.getTime(), ...answer }
    await recordTry(deps.db, delivery, tried, then(deps, notifier, delivery, answer, notice, ended))
    deps.checkpoint('delivery.recorded')
  } catch (error) {
    // Rendering failed, or the database; then it is taken again after its lease.
    deps.warn('a delivery could not be made', { delivery: delivery.id, error: String(error) })
    await putOff(deps.db, delivery, after(deps.clock.now(), BROKEN_MS)).catch(() => undefined)
  }
}

const timeoutsOf = ({ timeouts, test_timeouts = timeouts }: Notifier, { mode }: Pick<Notice['event'], 'mode'>): Timeouts => (mode === 'test' ? test_timeouts : timeouts)

/** What an event of the API's own has no payment for. */
async function tryOwn(deps: WorkerDeps, notifier: Notifier, delivery: Delivery): Promise<{ answer: Answer; notice: undefined }> {
  const found = await findStoredEvent(deps.db, delivery.merchant_id, delivery.event_id)
  if (!found?.own || notifier.renderOwn === undefined) throw new Error(`event ${delivery.event_id} is about no payment`)
  const { headers, body } = await notifier.renderOwn({ event: found.event, url: delivery.url, endpoint_id: delivery.endpoint_id, try_number: delivery.tries + 1, now: deps.clock.now() })
  deps.checkpoint('delivery.rendered')
  return { answer: await deps.post({ url: delivery.url, headers, body, timeouts: timeoutsOf(notifier, found.event), merchant_id: delivery.merchant_id }), notice: undefined }
}

async function tryOnce(deps: WorkerDeps, notifier: Notifier, delivery: Delivery): Promise<{ answer: Answer; notice: Notice | undefined }> {
  if (delivery.payment_id === null) return tryOwn(deps, notifier, delivery)
  const event = await findEvent(deps.db, delivery.merchant_id, delivery.event_id)
  if (event === undefined) throw new Error(`event ${delivery.event_id} has vanished`)
  const loaded = await deps.load(delivery.merchant_id, delivery.payment_id)
  if (loaded === undefined) throw new Error(`event ${event.id} is about a payment that has vanished`)
  const notice: Notice = {
    event,
    payment: asOf(loaded.payment, event.snapshot.payment),
    refund: event.snapshot.refund,
    attempts: loaded.attempts.filter((attempt) => attempt.sent_at <= event.created_at),
    refunds: (loaded.refunds ?? []).filter((refund) => refund.created_at <= event.created_at).map((refund) => (refund.id === event.snapshot.refund?.id ? event.snapshot.refund : refund)),
    reserve: loaded.reserve === undefined ? undefined : reserveAt(loaded.reserve, event.created_at),
    url: delivery.url,
    endpoint_id: delivery.endpoint_id,
    try_number: delivery.tries + 1,
    now: deps.clock.now(),
  }
  const { headers, body } = await notifier.render(notice)
  deps.checkpoint('delivery.rendered')
  const answer = await deps.post({ url: delivery.url, headers, body, timeouts: timeoutsOf(notifier, event), merchant_id: delivery.merchant_id })
  return { answer, notice }
}

/** What is kept back, without what has become of it since. */
function reserveAt(reserve: Reserve, at: Date): Reserve | undefined {
  const isLater = (time: Date | null): boolean => time !== null && time > at
  if (isLater(reserve.created_at)) return undefined
  return { ...reserve, ...(isLater(reserve.released_at) && { released_at: null }), ...(isLater(reserve.canceled_at) && { canceled: 0n, canceled_at: null }) }
}

function then(deps: WorkerDeps, notifier: Notifier, delivery: Delivery, answer: Answer, notice: Notice | undefined, now: Date): { state: Delivery['state']; due_at: Date } {
  if (answer.status !== null && notifier.accepted(answer.status)) return { state: 'delivered', due_at: delivery.due_at }
  const delay = notifier.retryDelay_ms(delivery.tries + 1, deps.random(), notice)
  return delay === undefined ? { state: 'failed', due_at: delivery.due_at } : { state: 'due', due_at: after(now, delay) }
}
