/**
 * What the APM API takes in: tables of fields below `request`, with the limits of the guide.
 * Sources: the guide (payment), beGateway reference 11, 12, 14 and 16 (refund, payout, confirm, proof, recover, ERIP).
 */
import { apmMethod } from '../methods.ts'
import { at, isBody, textAt, type Body } from '../validation/body.ts'
import { check, type Field, type Problem, type Rule } from '../validation/check.ts'
import { addressFields, zipProblems } from '../validation/person.ts'
import { amount, amountIn, birthDate, boolean, currency, email, integerBetween, listOf, oneOf, returnAddress, section, text, textUpTo, webAddress, zonedTime, upTo } from '../validation/rules.ts'

/** `customer` (guide). */
const CUSTOMER: readonly Field[] = [
  { path: 'customer', rules: [section] },
  ...addressFields('customer'),
  { path: 'customer.middle_name', rules: textUpTo(60) },
  { path: 'customer.email', rules: [email] },
  { path: 'customer.birth_date', rules: [birthDate] },
  { path: 'customer.gender', rules: [oneOf('male', 'female')] },
  { path: 'customer.device_id', rules: textUpTo(255) },
  { path: 'customer.taxpayer_id', rules: textUpTo(255) },
  { path: 'customer.id_number', rules: textUpTo(255) },
  { path: 'customer.external_id', rules: textUpTo(255) },
]

/** `additional_data` (guide), with the members that plugins add (beGateway reference 3). */
const ADDITIONAL_DATA: readonly Field[] = [
  { path: 'additional_data', rules: [section] },
  { path: 'additional_data.contract', rules: [listOf(oneOf('recurring', 'card_on_file', 'credit'))] },
  { path: 'additional_data.receipt_text', rules: [listOf(text, upTo(1000))] },
  { path: 'additional_data.customer', rules: [section] },
  { path: 'additional_data.customer.id', rules: textUpTo(255) },
  { path: 'additional_data.browser', rules: [section] },
  { path: 'additional_data.browser.user_agent', rules: textUpTo(1024) },
  { path: 'additional_data.referer', rules: [webAddress] },
]

/** What every transaction that moves new money has in common. */
const TRANSACTION: readonly Field[] = [
  { path: 'amount', required: true, rules: amountIn('currency') },
  { path: 'currency', required: true, rules: [currency] },
  { path: 'description', required: true, rules: textUpTo(255) },
  { path: 'test', rules: [boolean] },
  { path: 'tracking_id', rules: textUpTo(255) },
  { path: 'order_id', rules: textUpTo(255) },
  { path: 'ip', rules: textUpTo(45) },
  { path: 'email', rules: [email] },
  { path: 'language', rules: [text] },
  { path: 'notification_url', rules: [webAddress] },
  { path: 'verification_url', rules: [webAddress] },
]

const METHOD: readonly Field[] = [
  { path: 'method', required: true, rules: [section] },
  { path: 'method.type', required: true, rules: textUpTo(64) },
  { path: 'method.token', rules: textUpTo(255) },
]

const EXPIRY: Field = { path: 'expired_at', rules: [zonedTime] }

/** `POST /beyag/transactions/payments`. A token charge asks the payer nothing, so it needs no way back. */
const PAYMENT: readonly Field[] = [
  ...TRANSACTION,
  EXPIRY,
  { path: 'return_url', required: (root) => textAt(root, 'method.token') === undefined, rules: [returnAddress] },
  { path: 'iframe', rules: [boolean] },
  ...CUSTOMER,
  ...METHOD,
  ...ADDITIONAL_DATA,
]

/** `POST /beyag/transactions/payouts` and `/credits` (beGateway reference 12). */
const PAYOUT: readonly Field[] = [...TRANSACTION, { path: 'return_url', rules: [returnAddress] }, ...CUSTOMER, ...METHOD, ...ADDITIONAL_DATA]

/** `POST /beyag/payments`: the ERIP bill (reference 16). The payer comes back from nowhere, so there is no `return_url`. */
const ERIP: readonly Field[] = [
  ...TRANSACTION,
  EXPIRY,
  { path: 'return_url', rules: [returnAddress] },
  ...CUSTOMER,
  ...METHOD,
  ...ADDITIONAL_DATA,
]

/**
 * Members of `method` for ERIP, on either path (reference 16). Which of them makes a bill `permanent` is not public: a flag does here, for a bill
 * without `expired_at` is `pending` in every example.
 */
const ERIP_METHOD: readonly Field[] = [
  { path: 'method.account_number', rules: textUpTo(30) },
  { path: 'method.service_no', rules: textUpTo(30) },
  { path: 'method.service_info', rules: [listOf(text)] },
  { path: 'method.receipt', rules: [listOf(text)] },
  { path: 'method.instruction', rules: [listOf(text)] },
  { path: 'method.permanent', rules: [boolean] },
]

const REFUND: readonly Field[] = [
  { path: 'parent_uid', required: true, rules: textUpTo(64) },
  { path: 'reason', required: true, rules: textUpTo(255) },
  { path: 'amount', rules: amount },
  { path: 'tracking_id', rules: textUpTo(255) },
  { path: 'notification_url', rules: [webAddress] },
  { path: 'additional_data', rules: [section] },
  { path: 'additional_data.referer', rules: [webAddress] },
]

/** The ERIP refund names its amount (reference 2.1). */
const ERIP_REFUND: readonly Field[] = REFUND.map((field) => (field.path === 'amount' ? { ...field, required: true } : field))

const CONFIRM: readonly Field[] = [
  { path: 'skip_duplicate_check', rules: [boolean] },
  { path: 'transaction_reference', rules: textUpTo(255) },
  { path: 'confirm_type', rules: [oneOf('confirm', 'cancel')] },
]

/** In lines or in one. Without its white space first: a pattern that allows for that goes back over it again and again. */
const base64: Rule = (value) => (/^[A-Za-z0-9+/]+={0,2}$/.test(String(value).replace(/\s/g, '')) ? undefined : 'is invalid')

/** As many as Base64 leaves room for in a request. */
const DOCUMENT_BYTES_MAX = 2 * 1024 * 1024

/** The amount is judged by how the payment counts it (corrections.ts). */
const PROOF: readonly Field[] = [
  { path: 'amount', required: true, rules: amount },
  { path: 'currency', required: true, rules: [currency] },
  { path: 'transaction_reference', required: true, rules: textUpTo(255) },
  { path: 'document', required: true, rules: [section] },
  { path: 'document.content_type', required: true, rules: [oneOf('application/pdf', 'image/png', 'image/jpeg')] },
  { path: 'document.file_name', required: true, rules: textUpTo(255) },
  { path: 'document.file_size', required: true, rules: integerBetween(1, DOCUMENT_BYTES_MAX) },
  { path: 'document.content', required: true, rules: [text, base64] },
  { path: 'document.checksum', required: true, rules: textUpTo(128) },
]

const RECOVER: readonly Field[] = [
  { path: 'uid', required: true, rules: textUpTo(64) },
  { path: 'notify_merchant', rules: [boolean] },
  { path: 'transaction', required: true, rules: [section] },
  { path: 'transaction.status', required: true, rules: [oneOf('successful', 'failed', 'pending', 'expired')] },
  { path: 'transaction.message', rules: textUpTo(255) },
  { path: 'transaction.paid_at', rules: [zonedTime] },
  { path: 'action', rules: [section] },
]

const TABLES = { payment: PAYMENT, payout: PAYOUT, credit: PAYOUT, erip: ERIP, refund: REFUND, erip_refund: ERIP_REFUND, confirm: CONFIRM, proof: PROOF, recover: RECOVER } as const

export type ApmRequestKind = keyof typeof TABLES

/** Older names, those of ERIP above all, are taken on every path (beGateway reference 3). */
const OLDER_NAMES = { method: 'payment_method', return_url: 'success_url' } as const

export function withMethod(request: Body): Body {
  const named = Object.entries(OLDER_NAMES).filter(([name, older]) => at(request, name) === undefined && at(request, older) !== undefined)
  return named.length === 0 ? request : { ...request, ...Object.fromEntries(named.map(([name, older]) => [name, at(request, older)])) }
}

/** Everything wrong with a request: the table, the zip rule of the US, and what the method itself asks for. */
export function apmProblems(kind: ApmRequestKind, request: Body): Problem[] {
  const problems = [...check(request, TABLES[kind], 'is missing'), ...zipProblems(request, 'customer')]
  const type = textAt(request, 'method.type')
  if (type === undefined || !['payment', 'payout', 'credit', 'erip'].includes(kind)) return problems
  return [...problems, ...methodProblems(kind, type, request)]
}

function methodProblems(kind: ApmRequestKind, type: string, request: Body): Problem[] {
  const method = apmMethod(type)
  if (method === undefined) return [{ path: 'method.type', phrase: 'is not supported' }]
  const needs = kind === 'payment' || kind === 'erip' ? method.requires : []
  const problems: Problem[] = needs.filter((path) => textAt(request, path) === undefined).map((path) => ({ path, phrase: 'is missing' }))
  if (method.flow === 'erip') problems.push(...check(request, ERIP_METHOD, 'is missing'))
  const wanted = textAt(request, 'currency')
  if (wanted !== undefined && currency(wanted) === undefined && method.currencies !== undefined && !method.currencies.includes(wanted)) {
    problems.push({ path: 'currency', phrase: 'is not supported by the payment method' })
  }
  return problems
}

/** The parameters under `request`; undefined when the envelope is missing. */
export function requestOf(body: unknown): Body | undefined {
  if (!isBody(body)) return undefined
  const request = at(body, 'request')
  return isBody(request) ? request : undefined
}
