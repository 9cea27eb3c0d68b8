import { after } from '../core/clock.ts'
import { orderedAlphanumeric } from '../core/ids.ts'
import { REASONS } from '../core/reasons.ts'
import { assert, fail, ok, type Result } from '../core/result.ts'
import type { Part, PartRow } from '../db/parts.ts'
import { findClaim } from '../idempotency/store.ts'
import { sealCard } from '../instruments/cards.ts'
import { instrumentInsert } from '../instruments/store.ts'
import type { InstrumentData, Method, Operation, Provider } from '../providers/contract.ts'
import { spend, type Withdrawal } from '../ledger/funds.ts'
import { createRefunds } from '../refunds/service.ts'
import { sessionInsert } from '../sessions/store.ts'
import { createChargeBacks } from './charge-back.ts'
import type { Acceptance, NewPayment, PayError, PayInstruction, Payments } from './commands.ts'
import { decideAccept, decideEnd, decideStart, payingOperation } from './decisions/pay.ts'
import { createCorrections } from './correct.ts'
import type { PaymentDeps } from './deps.ts'
import { createFollowUps } from './follow-up-service.ts'
import { putOffInquiry } from './due.ts'
import { openAttempt, type Attempt, type CardSummary, type Payment, type PaymentView } from './model.ts'
import { applied, call, commitChange, execute, giveUp, record, settleAttempt, withAttempt } from './runner.ts'
import { isFinished } from './decisions/state.ts'
import { advance } from './decisions/steps.ts'
import { findView, isSecondOpenAttempt } from './store.ts'

/** The use cases of payments over one database and a set of providers. */
export function createPayments(deps: PaymentDeps): Payments {
  const find: Payments['find'] = (merchant_id, id) => findView(deps.db, merchant_id, id)
  return {
    accept: (input, acceptance) => accept(deps, input, acceptance),
    find,
    pay: (merchant_id, id, instruction, known) => pay(deps, merchant_id, id, instruction, known),
    resume: async (merchant_id, id, attempt_id, input) => {
      const view = await find(merchant_id, id)
      const attempt = view?.attempts.find((candidate) => candidate.id === attempt_id)
      if (view === undefined || attempt === undefined) return fail({ kind: 'not_found' })
      const provider = deps.routing.provider(attempt.provider)
      if (attempt.resolved_at !== null || provider === undefined) return ok(view)
      // From here on the provider may have moved money: whoever lives to see it asks soon, not when the payer's time is over.
      const soon = after(deps.clock.now(), deps.call_timeout_ms + 5_000)
      if (attempt.inquire_at === null || attempt.inquire_at > soon) await putOffInquiry(deps.db, attempt, soon)
      const outcome = await call(deps, 'resume', attempt, (signal) => provider.resume(attempt.id, input, signal))
      return ok(outcome === undefined ? view : await record(deps, view, attempt.id, outcome, provider))
    },
    settle: async (merchant_id, id, attempt_id) => {
      const view = await find(merchant_id, id)
      const attempt = view === undefined ? undefined : attemptToSettle(view, attempt_id)
      return view === undefined || attempt === undefined ? view : settleAttempt(deps, view, attempt)
    },
    end: (merchant_id, id, how) => end(deps, merchant_id, id, how),
    annotate: (merchant_id, id, patch, more) => annotate(deps, merchant_id, id, patch, more),
    ...createCorrections(deps),
    ...createChargeBacks(deps),
    ...createFollowUps(deps),
    ...createRefunds(deps),
  }
}

function attemptToSettle(view: PaymentView, id: string | undefined): Attempt | undefined {
  if (id === undefined) return openAttempt(view) ?? view.attempts.findLast(({ reason }) => reason === 'unresolved')
  return view.attempts.find((attempt) => attempt.id === id && attempt.state !== 'approved')
}

const accept = async (deps: PaymentDeps, input: NewPayment, { claim, sessions = [], instruments = [] }: Acceptance = {}): ReturnType<Payments['accept']> => {
  const change = decideAccept(input, deps.clock.now())
  const extra = [...sessions.map((session) => [sessionInsert, session] as const), ...instruments.map((instrument) => [instrumentInsert, instrument] as const)]
  const claimed = claim?.(change.payment)
  deps.checkpoint('accept.before')
  const result = await commitChange(deps, change, extra, claimed)
  deps.checkpoint('accept.after')
  if (result === 'done') return ok({ payment: change.payment, attempts: [], refunds: [] })
  assert(result === 'claimed' && claimed !== undefined, `payment ${input.id} was neither stored nor refused`)
  const first = await findClaim(deps.db, claimed.merchant_id, claimed.scope, claimed.key)
  assert(first !== undefined, `the claim ${claimed.scope} ${claimed.key} was taken and is gone`)
  return fail({ kind: 'duplicate', claim: first })
}

const pay = async (deps: PaymentDeps, merchant_id: string, id: string, instruction: PayInstruction, known?: PaymentView): ReturnType<Payments['pay']> => {
  const started = await intend(deps, merchant_id, id, instruction, 0, known)
  if (!started.ok) return started
  let { view, attempt, providers, operation } = started.value
  for (let route = 0; ; ) {
    const provider = providers[route]
    assert(provider !== undefined, 'a started attempt has its provider')
    const outcome = await execute(deps, attempt, provider, operation)
    if (outcome === undefined) return ok(view)
    // A technical no may go to the next route. Never an unknown outcome: that one may still turn out to be a yes.
    const passesOn = outcome.status === 'declined' && REASONS[outcome.reason].retry === 'later' && route + 1 < Math.min(providers.length, instruction.routes_max ?? Infinity)
    if (!passesOn) return ok(await record(deps, view, attempt.id, outcome, provider))
    await record(deps, withAttempt(view, { ...attempt, request: { ...attempt.request, passed_on: true } }), attempt.id, outcome, provider)
    const again = await intend(deps, merchant_id, id, instruction, ++route)
    if (!again.ok) return again
    ;({ view, attempt, providers, operation } = again.value)
  }
}

interface Started {
  view: PaymentView
  attempt: Attempt
  providers: readonly Provider[]
  operation: Operation
}

/** Stores the attempt as sent, or says why it may not be. */
async function intend(deps: PaymentDeps, merchant_id: string, id: string, instruction: PayInstruction, route: number, known?: PaymentView): Promise<Result<Started, PayError>> {
  for (let first = known; ; first = undefined) {
    const view = first ?? (await findView(deps.db, merchant_id, id))
    if (view === undefined) return fail({ kind: 'not_found' })
    const payment = asStarted(view.payment, instruction)
    const now = deps.clock.now()
    if (isFinished(payment.state) || payment.state === 'authorized') return fail({ kind: 'finished', view })
    if (openAttempt(view) !== undefined) return fail({ kind: 'busy', view })
    if (payment.expires_at !== null && payment.expires_at <= now) return fail({ kind: 'expired', view })
    const code = instruction.instrument.type === 'apm' ? instruction.instrument.code : undefined
    const providers = deps.routing.routes({ merchant_id, kind: payingOperation(payment), method: payment.method, currency: payment.currency, mode: payment.mode, code })
    const provider = providers[route]
    if (provider === undefined) return fail({ kind: 'no_route', view })
    const attempt = newAttempt(deps, payment, instruction, provider, route)
    const change = decideStart(payment, attempt, now)
    try {
      deps.checkpoint(`${attempt.kind}.intend.before`)
      const result = await spend(deps.db, instruction.overdraft, withdrawalOf(payment, now), (funds) => commitChange(deps, change, [...instrumentRows(deps, payment, instruction), ...funds]))
      if (result === 'no_funds') return fail({ kind: 'no_funds', view })
      if (result !== 'done') continue
    } catch (error) {
      if (isSecondOpenAttempt(error)) continue
      throw error
    }
    deps.checkpoint(`${attempt.kind}.intend.after`)
    return ok({ view: applied(view, change), attempt, providers, operation: operationOf(payment, attempt, instruction) })
  }
}

/** The payment with what its start brings. */
function asStarted(payment: Payment, instruction: PayInstruction): Payment {
  const { expires_at = payment.expires_at, api } = instruction.with ?? {}
  const result = api === undefined ? payment.result : { ...payment.result, api: { ...payment.result.api, ...api } }
  return { ...payment, method: methodOf(instruction.instrument), expires_at, result }
}

function withdrawalOf({ merchant_id, mode, currency, payable, id }: Payment, at: Date): Withdrawal {
  return { merchant_id, mode, currency, amount: payable, payment_id: id, refund_id: null, at }
}

/** Where a payer chooses at the page, the method is known only now: the payment takes that of what pays it. */
function methodOf({ type }: InstrumentData): Method {
  switch (type) {
    case 'card': return 'card'
    case 'apm': return 'apm'
    case 'bank_account': return 'bank_transfer'
  }
}

function newAttempt(deps: PaymentDeps, payment: Payment, instruction: PayInstruction, provider: Provider, route: number): Attempt {
  const now = deps.clock.now()
  const id = route === 0 && instruction.attempt_id !== undefined ? instruction.attempt_id : `att_${orderedAlphanumeric(deps.ids, now, 24)}`
  return {
    merchant_id: payment.merchant_id, id, payment_id: payment.id, refund_id: null, kind: payingOperation(payment), provider: provider.name, state: 'sent',
    currency: payment.currency, amount: paidAmount(payment), parent_id: null, reason: null, action: null, facts: {}, instrument: shownAsJson(instruction.shown),
    instrument_id: instruction.store?.id ?? null,
    request: { ...(instruction.final === true ? { final: true } : {}), ...(instruction.payer?.ip === undefined ? {} : { client_ip: instruction.payer.ip }) },
    sent_at: now, resolved_at: null, inquire_at: after(now, deps.call_timeout_ms + 5_000), inquiries: 0,
  }
}

const shownAsJson = (shown: PayInstruction['shown']): Record<string, unknown> | null => (shown === undefined ? null : { ...shown })

/** What the provider is asked to move: for a payout the amount, since the platform keeps the fee; else what the payer pays. */
function paidAmount(payment: Payment): bigint {
  return payment.kind === 'payout' || payment.kind === 'credit' ? payment.amount : payment.payable
}

function operationOf(payment: Payment, attempt: Attempt, instruction: PayInstruction): Operation {
  return {
    key: attempt.id, kind: attempt.kind, mode: payment.mode, amount: { minor: attempt.amount, currency: payment.currency }, method: payment.method, parent_key: undefined,
    instrument: instruction.instrument, initiator: instruction.initiator, authentication: instruction.authentication, return_url: instruction.return_url?.(attempt.id),
    recipient: instruction.recipient, description: payment.description ?? undefined, merchant_name: instruction.merchant_name,
    payer: instruction.payer ?? {}, hints: instruction.hints ?? {},
  }
}

function instrumentRows(deps: PaymentDeps, payment: Payment, instruction: PayInstruction): ReadonlyArray<readonly [Part, PartRow]> {
  const { store, instrument, shown } = instruction
  if (store === undefined || instrument.type !== 'card') return []
  assert(shown !== undefined && 'last4' in shown, 'a stored card has a summary')
  const row = sealCard(deps.vault, instrument, {
    merchant_id: payment.merchant_id, id: store.id, customer_id: payment.customer_id, summary: shown as CardSummary, remembered: store.remembered, usable: false, now: deps.clock.now(),
  })
  return [[instrumentInsert, row]]
}

const end = async (deps: PaymentDeps, merchant_id: string, id: string, how: Parameters<Payments['end']>[2]): ReturnType<Payments['end']> => {
  for (;;) {
    let view = await findView(deps.db, merchant_id, id)
    if (view === undefined) return fail({ kind: 'not_found' })
    const open = openAttempt(view)
    if (open?.state === 'action') view = await giveUp(deps, view, open)
    if (openAttempt(view) !== undefined) return fail({ kind: 'busy', view })
    const change = decideEnd(view.payment, how, deps.clock.now())
    if (change === undefined) return fail({ kind: 'finished', view })
    deps.checkpoint('end.before')
    if ((await commitChange(deps, change)) !== 'done') continue
    deps.checkpoint('end.after')
    return ok(applied(view, change))
  }
}

const annotate = async (deps: PaymentDeps, merchant_id: string, id: string, patch: Readonly<Record<string, unknown>>, more?: { readonly expires_at: Date }): ReturnType<Payments['annotate']> => {
  for (;;) {
    const view = await findView(deps.db, merchant_id, id)
    if (view === undefined) return undefined
    const { payment } = view
    const later = more === undefined || isFinished(payment.state) ? {} : more
    const change = { payment: advance(payment, { result: { ...payment.result, api: { ...payment.result.api, ...patch } }, ...later }, deps.clock.now()) }
    if ((await commitChange(deps, change)) === 'done') return applied(view, change)
  }
}
