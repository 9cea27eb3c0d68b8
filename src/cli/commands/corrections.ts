/** An operator's word about money that no provider knows of (src/payments/correct.ts). */
import { randomIds } from '../../core/ids.ts'
import { AMOUNT_MINOR_MAX, fromDecimal, money, toDecimalString } from '../../core/money.ts'
import { APIS } from '../../main.ts'
import { caseClaim, isSameCase } from '../../payments/charge-back.ts'
import type { ChargeBackError } from '../../payments/commands.ts'
import { Problem } from '../problem.ts'
import type { CommandContext, DataCommand } from './command.ts'

export const paidCommand: DataCommand = {
  name: 'payments paid', needs: ['payment id', 'amount', 'reason'], more: 'words', json: false,
  does: 'states that a payment was paid on another way than by its provider: books that amount (such as 12.50) and tells the merchant',
  run: async (context, { values: [id = '', amount = '', ...reason] }) => {
    const { merchant_id, currency } = await one<{ merchant_id: string; currency: string }>(context, 'payment', 'SELECT merchant_id, currency FROM payments WHERE id = $1', id)
    const minor = minorOf(amount, currency)
    const payments = await context.payments()
    const corrected = await payments.correct(merchant_id, id, { id: `att_${randomIds.alphanumeric(24)}`, amount: minor, facts: {}, request: { by: 'operator', reason: reason.join(' ') } })
    if (!corrected.ok) throw new Problem(REFUSALS[corrected.error.kind](id))
    context.deliveriesWaiting()
    context.say(`Payment ${id} is paid: ${amount} ${currency} are booked on provider:manual.`)
    return 0
  },
}

export const chargedBackCommand: DataCommand = {
  name: 'payments charged-back', needs: ['payment id', 'amount', 'case number', 'reason'], more: 'words', json: false, flag: 'beyond',
  does: "states that the payer's bank has taken so much of a payment back: books it, once for each case number of the card network, and tells the merchant where the API tells of such things; with --beyond also what had been refunded before",
  run: async (context, { values: [id = '', amount = '', case_number = '', ...reason], flag: beyond }) => {
    const { merchant_id, api, currency } = await one<{ merchant_id: string; api: string; currency: string }>(context, 'payment', 'SELECT merchant_id, api, currency FROM payments WHERE id = $1', id)
    const idOf = APIS[api]?.onboarding.chargeBackId
    if (idOf === undefined) throw new Problem(`${APIS[api]?.onboarding.title ?? api} has no word for charge-backs.`)
    const minor = minorOf(amount, currency)
    const payments = await context.payments()
    const made = idOf()
    const done = await payments.chargeBack(merchant_id, id, {
      id: made, attempt_id: `att_${randomIds.alphanumeric(24)}`, amount: minor, request: { by: 'operator', reason: reason.join(' '), case_number }, beyond,
      claim: caseClaim(merchant_id, case_number, { id: made, payment_id: id, amount: minor }, new Date()),
    })
    const again = !done.ok && done.error.kind === 'duplicate' && isSameCase(done.error.claim, id, minor)
    if (!done.ok && !again) throw new Problem(chargeBackRefusal(done.error, { id, minor, case_number, currency }))
    context.deliveriesWaiting()
    context.say(again ? `Case ${case_number} is booked already: ${amount} ${currency} of payment ${id}.` : `${amount} ${currency} of payment ${id} are charged back.`)
    return 0
  },
}

export const approveCommand: DataCommand = {
  name: 'payments approve', needs: ['payment id'], json: false,
  does: "lets a payment go on that waits for an operator's word (a moderated invoice or payout)",
  run: (context, { values: [id = ''] }) => moderate(context, id, true),
}

export const terminateCommand: DataCommand = {
  name: 'payments terminate', needs: ['payment id'], json: false,
  does: "ends a payment that waits for an operator's word, and tells the merchant",
  run: (context, { values: [id = ''] }) => moderate(context, id, false),
}

async function moderate(context: CommandContext, id: string, allowed: boolean): Promise<number> {
  const { merchant_id, api } = await one<{ merchant_id: string; api: string }>(context, 'payment', 'SELECT merchant_id, api FROM payments WHERE id = $1', id)
  const payments = await context.payments()
  const view = await payments.find(merchant_id, id)
  const moderateAt = APIS[api]?.onboarding.moderate
  const problem = view === undefined || moderateAt === undefined ? `Payment ${id} does not wait for anybody's word.` : await moderateAt({ db: context.db, payments, merchants: context.merchants, vault: context.vault.vault }, view, allowed)
  if (problem !== undefined) throw new Problem(problem)
  context.deliveriesWaiting()
  context.say(`Payment ${id} ${allowed ? 'may go on' : 'is terminated'}.`)
  return 0
}

function chargeBackRefusal(error: ChargeBackError, { id, minor, case_number, currency }: { readonly id: string; readonly minor: bigint; readonly case_number: string; readonly currency: string }): string {
  switch (error.kind) {
    case 'not_found': return REFUSALS.not_found(id)
    case 'wrong_state': return `Payment ${id} is not paid.`
    case 'too_much': return `Of payment ${id} no more than ${toDecimalString(money(error.left, currency))} ${currency} is left.${minor <= error.view.payment.captured ? ' If the bank took what had been refunded before, say so with --beyond.' : ''}`
    case 'duplicate': return `Case ${case_number} is booked already, with another amount or for another payment.`
  }
}

function minorOf(amount: string, currency: string): bigint {
  const minor = fromDecimal(amount, currency)?.minor
  if (minor === undefined || minor <= 0n || minor > AMOUNT_MINOR_MAX) throw new Problem(`"${amount}" is not an amount of ${currency}.`)
  return minor
}

const REFUSALS = {
  not_found: (id: string) => `There is no payment "${id}".`,
  busy: (id: string) => `The provider of payment ${id} has not said what became of it: wait until it has.`,
  finished: (id: string) => `Payment ${id} is paid already.`,
  expired: (id: string) => `Payment ${id} has expired.`,
  no_route: (id: string) => `Payment ${id} takes no money in.`,
  no_funds: (id: string) => `The balance does not cover payment ${id}.`,
} as const

export const refundPaidCommand: DataCommand = {
  name: 'refunds paid', needs: ['refund id'], json: false,
  does: 'states that a refund which waits for a hand has been paid back',
  run: (context, { values: [id = ''] }) => conclude(context, id, true),
}

export const refundFailedCommand: DataCommand = {
  name: 'refunds failed', needs: ['refund id'], json: false,
  does: 'states that a refund which waits for a hand will not be paid back',
  run: (context, { values: [id = ''] }) => conclude(context, id, false),
}

async function conclude(context: CommandContext, id: string, paid: boolean): Promise<number> {
  const { merchant_id } = await one<{ merchant_id: string }>(context, 'refund', 'SELECT merchant_id FROM refunds WHERE id = $1', id)
  const concluded = await (await context.payments()).concludeRefund(merchant_id, id, paid)
  if (!concluded.ok) throw new Problem(`Refund ${id} does not wait for a hand: its provider says what becomes of it.`)
  context.deliveriesWaiting()
  context.say(`Refund ${id} is ${paid ? 'paid back' : 'given up'}.`)
  return 0
}

/** Among all merchants: the operator knows an id, and ids are random. */
async function one<T>({ db }: CommandContext, what: string, sql: string, id: string): Promise<T> {
  const [row, another] = await db.query<T & Record<string, unknown>>(sql, [id])
  if (row === undefined) throw new Problem(`There is no ${what} "${id}".`)
  if (another !== undefined) throw new Problem(`There are several of "${id}", of different merchants.`)
  return row
}
