import type { Event, OwnEvent } from '../events/model.ts'
import type { Attempt, Payment, Refund, Reserve } from '../payments/model.ts'

/** What a notifier renders from: the event, and the payment and refund as they were then. */
export interface Notice {
  readonly event: Event
  readonly payment: Payment
  readonly refund: Refund | null
  readonly attempts: readonly Attempt[]
  /** All refunds of the payment that there were then; the event's own as it was then, the others as they are now. */
  readonly refunds?: readonly Refund[]
  /** What is kept back of the payment: what has become of it later is left out. */
  readonly reserve?: Reserve | undefined
  readonly url: string
  /** The merchant's registered endpoint, when the delivery goes to one. */
  readonly endpoint_id: string | null
  /** 1 for the first try. */
  readonly try_number: number
  readonly now: Date
}

/** The same for an event of the API's own. */
export interface OwnNotice extends Pick<Notice, 'url' | 'endpoint_id' | 'try_number' | 'now'> {
  readonly event: OwnEvent
}

/** How long a receiver may take: to be reached, to begin its answer and between its pieces, and for all. */
export interface Timeouts {
  readonly connect_ms: number
  readonly read_ms: number
  readonly total_ms: number
}

/**
 * How one API tells its merchants what happened: whom, in which words, signed how, repeated when.
 * The delivery worker (worker.ts) knows only this.
 */
export interface Notifier {
  readonly api: string
  /** URLs that this event goes to, out of the payment's own request. Pure: called inside the decision. */
  receivers(event: Event, payment: Payment): readonly string[]
  /** The wire name under which registered endpoints subscribe to the event; undefined when it is not told to endpoints. Pure. */
  endpointEvent(event: Event, payment: Payment): string | undefined
  /** Another name under which endpoints may subscribe to events of this name. Pure. */
  alias?(name: string): string | undefined
  /** Body and headers of one try, signed. The same notice gives the same body; a signature may carry the time. */
  render(notice: Notice): Promise<{ readonly headers: Readonly<Record<string, string>>; readonly body: string }>
  /** Events of the API's own that this one brings along; they go to endpoints under their own type. Pure. */
  companions?(event: Event, payment: Payment): readonly OwnEvent[]
  /** Body and headers of an event of the API's own. */
  renderOwn?(notice: OwnNotice): Promise<{ readonly headers: Readonly<Record<string, string>>; readonly body: string }>
  /** Whether the receiver's HTTP status says that it has it. */
  accepted(status: number): boolean
  /** Milliseconds until the next try after `tries` failed ones; undefined when it is given up. `random` is in [0, 1). `about`: APIs whose news have several schedules tell them apart. */
  retryDelay_ms(tries: number, random: number, about?: Pick<Notice, 'event' | 'payment'>): number | undefined
  readonly timeouts: Timeouts
  /** For news of test mode, where an API waits less for those. */
  readonly test_timeouts?: Timeouts
}
