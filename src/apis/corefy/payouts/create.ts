/** Accepting a payout, and sending it (Corefy reference: payouts). */
import { brandOf } from '../../../core/card.ts'
import { after } from '../../../core/clock.ts'
import { orderedHandle } from '../../../core/ids.ts'
import type { Reason } from '../../../core/reasons.ts'
import { fail, ok, type Result } from '../../../core/result.ts'
import { openCard, sealCard, summaryOf } from '../../../instruments/cards.ts'
import type { Queryable } from '../../../db/db.ts'
import { dropInstrument, findInstrument, type Instrument } from '../../../instruments/store.ts'
import { balancesOf } from '../../../ledger/store.ts'
import type { PayInstruction } from '../../../payments/commands.ts'
import type { PaymentView } from '../../../payments/model.ts'
import type { CardData } from '../../../providers/contract.ts'
import { customerOf, ownedInstrument } from '../account/customer-of.ts'
import { storedCustomer } from '../account/shown-customer.ts'
import type { Account } from '../accounts.ts'
import { conflict, invalid, notFound, type WireError } from '../errors.ts'
import { maskOf } from '../invoices/payload.ts'
import { awaitsModerator } from '../moderated.ts'
import type { ApiDeps } from '../../common/deps.ts'
import type { Parts } from '../parts.ts'
import { callbackTermsOf, coversFromBalance, overdraftOf, serviceOf, type CorefySettings } from '../settings.ts'
import { payoutStatusOf } from '../statuses.ts'
import type { PayoutRequest } from '../wire/payout.ts'
import { amountField } from '../wire/service.ts'
import { splitPayout, type PayoutSplit } from './fees.ts'
import { testHints } from './test-service.ts'
import { storedPayout, type StoredPayout } from './translate.ts'

/** References are unique in here; invoices have their own. */
const SCOPE = 'corefy.payout-invoice'

/** How the id of a card that was typed for one payout begins; the payout's own id follows. Tokens are letters and digits alone. */
export const PAYOUT_CARD = 'payout:'

/** Accepts a payout: payment, claim of the reference and the sealed card in one commit. Nothing is sent yet. */
export async function createPayout({ deps }: Parts, account: Account, wanted: PayoutRequest): Promise<Result<PaymentView, WireError[]>> {
  const { merchant, settings } = account
  const split = splitPayout({ amount: wanted.amount.minor, side: wanted.amount.side, terms: wanted.service.fee, rate: wanted.amount.rate, base: wanted.amount.currency, service: wanted.service.currency })
  const named = `/data/attributes/${amountField(wanted.amount)}`
  if (split.amount <= 0n || split.service_amount <= 0n) return fail([invalid(named, 'The fee is larger than the amount.')])
  const owned = wanted.token === null || wanted.card !== null ? undefined : await ownedInstrument(deps, merchant.id, wanted.token, wanted.customer)
  if (wanted.token !== null && wanted.card === null && owned === undefined) return fail([invalid('/data/attributes/token', 'The token is unknown, or belongs to another customer.')])
  const mode = wanted.test_mode ? 'test' : 'live'
  if (settings.overdraft_limit !== null && !coversFromBalance(settings, await balancesOf(deps.db, merchant.id, mode), wanted.amount.currency, split.writeoff)) {
    return fail([invalid(named, `The ${wanted.amount.currency} account does not hold enough.`)])
  }
  const used = fail([invalid('/data/attributes/reference_id', `The reference_id ${wanted.reference_id} has been used before.`)])
  const customer = await customerOf(deps, merchant.id, wanted.customer, { claim: { scope: SCOPE, key: wanted.reference_id }, by_merchant: true })
  if (customer === 'used') return used
  const now = deps.clock.now()
  const id = orderedHandle(deps.ids, now, 'cpoi_', merchant.number, 16)
  const sealed = wanted.card === null ? undefined : sealPayoutCard({ deps }, account, id, { type: 'card', ...wanted.card, holder: wanted.card.holder ?? undefined, cvv: undefined }, now)
  const accepted = await deps.payments.accept(
    {
      merchant_id: merchant.id, id, api: 'corefy', kind: 'payout', mode, method: wanted.service.method === 'payment_card' ? 'card' : 'apm', currency: wanted.amount.currency,
      amount: split.amount, payable: split.writeoff, reference: wanted.reference_id, description: wanted.description ?? undefined, customer_id: customer?.id,
      instrument_id: sealed?.id ?? owned?.instrument.id, expires_at: wanted.expires_s === null ? undefined : after(new Date(0), wanted.expires_s * 1000),
      request: { ...requestOf(wanted, split, sealed), callback_url: wanted.callback_url ?? settings.callback_url, customer: customer === undefined ? null : storedCustomer(customer), ...callbackTermsOf(settings), ...(settings.moderate_payouts && { moderated: true }) } satisfies StoredPayout,
    },
    {
      claim: (payment) => ({ merchant_id: merchant.id, scope: SCOPE, key: wanted.reference_id, owner: payment.id, request_hash: null, status: null, answer: null, created_at: now, expires_at: null }),
      instruments: sealed === undefined ? [] : [sealed],
    },
  )
  return accepted.ok ? ok(accepted.value) : used
}

type Kept = Omit<StoredPayout, 'callback_url' | 'customer' | 'callbacks' | 'moderated'>

function requestOf(wanted: PayoutRequest, split: PayoutSplit, sealed: Instrument | undefined): Kept {
  return {
    service: wanted.service.code, method: wanted.service.method, service_currency: wanted.service.currency, rate: wanted.amount.rate,
    requested: { side: wanted.amount.side, minor: wanted.amount.minor.toString() }, service_amount: split.service_amount.toString(),
    fields: sealed === undefined ? wanted.fields : { ...wanted.fields, card_number: maskOf(sealed.summary) },
    metadata: wanted.metadata, options: wanted.options, token: wanted.token, source: 'merchant_api',
  }
}

/** The typed card waits, sealed, until the payout is processed: that may be days. It belongs to no customer, so it is nobody's token. */
function sealPayoutCard({ deps }: Pick<Parts, 'deps'>, account: Account, payout_id: string, card: CardData, now: Date): Instrument {
  return sealCard(deps.vault, card, {
    merchant_id: account.merchant.id, id: PAYOUT_CARD + payout_id, customer_id: null, summary: summaryOf(card, brandOf(card.number) ?? null), remembered: false, usable: true, now,
  })
}

/** What sending a payout takes. */
type SendingDeps = Pick<ApiDeps, 'clock' | 'ids' | 'payments' | 'vault'> & { readonly db: Queryable }

/** Sends a payout that was accepted. The view is that after the provider's answer. */
export async function processPayout({ deps }: { readonly deps: SendingDeps }, account: Account, view: PaymentView): Promise<Result<PaymentView, WireError[]>> {
  const { payment } = view
  if (awaitsModerator(payment)) return fail([conflict('The payout invoice waits for a moderator.')])
  const instrument = payment.instrument_id === null ? undefined : await findInstrument(deps.db, payment.merchant_id, payment.instrument_id)
  const instruction = await instructionOf({ deps }, account, view, instrument)
  if (instruction === undefined) return fail([conflict(`A payout invoice that is ${payoutStatusOf(payment)} cannot be processed.`)])
  // A card that was typed for this payout alone is of no more use once it is sent or over: the provider is asked by the attempt's key.
  const forgetCard = async (): Promise<void> => {
    if (instrument !== undefined && instrument.customer_id === null) await dropInstrument(deps.db, payment.merchant_id, instrument.id)
  }
  const end = async (reason: Reason): Promise<Result<PaymentView, WireError[]>> => {
    const ended = await deps.payments.end(payment.merchant_id, payment.id, { state: 'failed', reason })
    if (ended.ok) await forgetCard()
    return ended.ok ? ok(ended.value) : fail([conflict(`A payout invoice that is ${payoutStatusOf(payment)} cannot be processed.`)])
  }
  const paid = await deps.payments.pay(payment.merchant_id, payment.id, instruction)
  if (paid.ok) {
    await forgetCard()
    return ok(paid.value)
  }
  switch (paid.error.kind) {
    case 'not_found':
      return fail([notFound('There is no such payout invoice.')])
    case 'no_route':
      return end('no_route')
    case 'no_funds':
      // Where nobody will give the command, it must not wait to be sent some day.
      if (storedPayout(payment).options['auto_process'] === true) return end('insufficient_funds')
      return fail([conflict(`The ${payment.currency} account does not hold enough.`)])
    case 'busy':
    case 'finished':
    case 'expired':
      return fail([conflict(`A payout invoice that is ${payoutStatusOf(paid.error.view.payment)} cannot be processed.`)])
  }
}

/** Nobody tries a payout again but by another route: so many routes may be tried, by the operation's limit and the account's. */
function attemptsOf({ options: { attempts_limit } }: StoredPayout, settings: CorefySettings): number | undefined {
  const limits = [attempts_limit, settings.attempts_limit].filter((limit) => typeof limit === 'number')
  return limits.length === 0 ? undefined : Math.min(...limits)
}

async function instructionOf({ deps }: { readonly deps: SendingDeps }, account: Account, { payment }: PaymentView, instrument: Instrument | undefined): Promise<PayInstruction | undefined> {
  const request = storedPayout(payment)
  const shared = { initiator: 'merchant', authentication: 'off', final: true, overdraft: overdraftOf(account.settings, payment.currency), routes_max: attemptsOf(request, account.settings), attempt_id: orderedHandle(deps.ids, deps.clock.now(), 'po_', account.merchant.number, 16) } as const
  const hints = payment.mode === 'test' ? testHints(request, () => Number.parseInt(deps.ids.hex(4), 16) % 100) : {}
  if (payment.method !== 'card') {
    const code = serviceOf(account.settings, request.service, 'out')?.provider_code ?? request.method
    return { ...shared, hints, instrument: { type: 'apm', code, token: undefined, fields: request.fields } }
  }
  if (instrument === undefined) return undefined
  return { ...shared, hints, instrument: await openCard(deps.vault, instrument, undefined), shown: instrument.summary }
}
