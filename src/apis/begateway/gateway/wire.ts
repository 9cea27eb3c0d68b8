/**
 * What the card gateway takes in, as tables of fields below `request` (beGateway reference 1.2, 2.2 and 17). Absence is worded
 * `can't be blank` here.
 */
import { cardProblem, expiryProblem } from './card-data.ts'
import { at, integerAt, isBody, textAt, type Body } from '../validation/body.ts'
import { check, type Field, type Problem } from '../validation/check.ts'
import { addressFields, zipProblems } from '../validation/person.ts'
import { amount, amountIn, birthDate, boolean, currency, email, integerBetween, listOf, oneOf, returnAddress, section, text, textUpTo, webAddress } from '../validation/rules.ts'

const named = (root: Body): boolean => textAt(root, 'credit_card.token') !== undefined
const unnamed = (root: Body): boolean => !named(root)

const ADDRESS: readonly Field[] = [
  { path: 'billing_address', rules: [section] },
  ...addressFields('billing_address'),
  { path: 'billing_address.birth_date', rules: [birthDate] },
  { path: 'customer', rules: [section] },
  { path: 'customer.ip', rules: textUpTo(45) },
  { path: 'customer.email', rules: [email] },
  { path: 'customer.device_id', rules: textUpTo(255) },
  { path: 'customer.birth_date', rules: [birthDate] },
]

const CARD: readonly Field[] = [
  { path: 'credit_card', required: true, rules: [section] },
  { path: 'credit_card.token', rules: textUpTo(255) },
  { path: 'credit_card.number', required: unnamed, rules: [text] },
  { path: 'credit_card.holder', rules: textUpTo(60) },
  { path: 'credit_card.exp_month', required: unnamed, rules: integerBetween(1, 12) },
  { path: 'credit_card.exp_year', required: unnamed, rules: integerBetween(0, 9999) },
  { path: 'credit_card.verification_value', rules: [text, (value) => (/^\d{3,4}$/.test(String(value)) ? undefined : 'is invalid')] },
  { path: 'credit_card.skip_three_d_secure_verification', rules: [boolean] },
]

const COMMON: readonly Field[] = [
  { path: 'test', rules: [boolean] },
  { path: 'tracking_id', rules: textUpTo(255) },
  { path: 'language', rules: [text] },
  { path: 'duplicate_check', rules: [boolean] },
  { path: 'notification_url', rules: [webAddress] },
  { path: 'verification_url', rules: [webAddress] },
  { path: 'return_url', rules: [returnAddress] },
  { path: 'billing_descriptor', rules: textUpTo(255) },
  { path: 'expired_at', rules: [text] },
  { path: 'additional_data', rules: [section] },
  { path: 'additional_data.contract', rules: [listOf(oneOf('recurring', 'card_on_file', 'credit'))] },
  { path: 'additional_data.receipt_text', rules: [listOf(text)] },
]

const MONEY: readonly Field[] = [
  { path: 'amount', required: true, rules: amountIn('currency') },
  { path: 'currency', required: true, rules: [currency] },
  { path: 'description', required: true, rules: textUpTo(255) },
]

/** Payments and authorizations. */
const SALE: readonly Field[] = [...MONEY, ...COMMON, ...CARD, ...ADDRESS]

/** Money to a card: by token, or by number without an expiry for a payout. */
const CREDIT: readonly Field[] = [...MONEY, ...COMMON, ...CARD.filter(({ path }) => path === 'credit_card'), { path: 'credit_card.token', required: true, rules: textUpTo(255) }, ...ADDRESS]
const PAYOUT: readonly Field[] = [...MONEY, ...COMMON, ...CARD.map((field) => (/exp_/.test(field.path) ? { ...field, required: false } : field)), ...ADDRESS]

const CHILD: readonly Field[] = [
  { path: 'parent_uid', required: true, rules: textUpTo(64) },
  { path: 'amount', required: true, rules: amount },
  { path: 'tracking_id', rules: textUpTo(255) },
  { path: 'duplicate_check', rules: [boolean] },
  { path: 'additional_data', rules: [section] },
]

const REFUND: readonly Field[] = [...CHILD, { path: 'reason', required: true, rules: textUpTo(255) }, { path: 'notification_url', rules: [webAddress] }]

/** As a refund, but that nobody at the shop has to say why. */
const CHARGEBACK: readonly Field[] = REFUND.map((field) => (field.path === 'reason' ? { ...field, required: false } : field))

const TOKENIZATION: readonly Field[] = [...COMMON, { path: 'currency', rules: [currency] }, { path: 'amount', rules: [] }, { path: 'description', rules: textUpTo(255) }, ...CARD, ...ADDRESS]

/** A card to pay out to: its number is enough, as in a payout. */
const RECIPIENT: readonly Field[] = TOKENIZATION.map((field) => (/exp_/.test(field.path) ? { ...field, required: false } : field))

/** `POST /services/credit_cards/charges`: a saved card, charged by its token. */
const CHARGE: readonly Field[] = [...MONEY, ...COMMON, ...CARD.map((field) => (field.path === 'credit_card.token' ? { ...field, required: true } : field)), ...ADDRESS]

const TABLES = {
  payment: SALE, authorization: SALE, capture: CHILD, void: CHILD, refund: REFUND, credit: CREDIT, payout: PAYOUT, tokenization: TOKENIZATION, charge: CHARGE,
  chargeback: CHARGEBACK, checkup: SALE, recipient_tokenization: RECIPIENT,
} as const

export type GatewayRequestKind = keyof typeof TABLES

/** Everything wrong with a request. `now` decides whether a card has expired. */
export function gatewayProblems(kind: GatewayRequestKind, request: Body, now: Date): Problem[] {
  const problems = [...check(request, TABLES[kind], "can't be blank"), ...zipProblems(request, 'billing_address')]
  return isBody(at(request, 'credit_card')) ? [...problems, ...cardProblems(request, problems, now)] : problems
}

function cardProblems(request: Body, known: readonly Problem[], now: Date): Problem[] {
  const problems: Problem[] = []
  const number = textAt(request, 'credit_card.number')
  if (number !== undefined && cardProblem(number) !== undefined) problems.push({ path: 'credit_card.number', phrase: 'is not a card number' })
  const month = integerAt(request, 'credit_card.exp_month')
  const year = integerAt(request, 'credit_card.exp_year')
  const usable = !known.some(({ path }) => path.startsWith('credit_card.exp_'))
  if (usable && month !== undefined && year !== undefined) {
    // Errors of the date sit at `credit_card.date` (reference 6, shape B); the sentence is then "Date is expired." (reference 17).
    const phrase = expiryProblem(Number(month), Number(year), now)
    if (phrase !== undefined) problems.push({ path: 'credit_card.date', phrase })
  }
  return problems
}
