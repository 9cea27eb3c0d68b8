/** What can be asked about the shop's own set-up: precheck, balance, currencies, banks (beGateway reference 2.1 and 6). */
import { balancesOf } from '../../../ledger/store.ts'
import { toWire } from '../amounts.ts'
import { CODES } from '../codes.ts'
import type { BegatewayDeps } from '../deps.ts'
import type { Answer } from '../errors.ts'
import { okay, type Call } from '../http.ts'
import { APM_METHODS, apmMethod } from '../methods.ts'
import { at, integerAt, isBody, textAt, type Body } from '../validation/body.ts'
import { nest, type Problem } from '../validation/check.ts'
import { apmProblems, requestOf, withMethod } from './wire.ts'

const S = { status: 'successful', code: 'S.0000', ...CODES['S.0000'] } as const

/**
 * A dry run: would it be allowed, and what does it cost. 422 has `errors` as a list of objects, and what the shop may not do is 202
 * (reference 6). The demo methods cost nothing; a provider's commission is not known before it has answered.
 */
export async function precheck(kind: 'payment' | 'payout', call: Call): Promise<Answer> {
  const request = withMethod(requestOf(call.body) ?? (isBody(call.body) ? call.body : {}))
  const problems = apmProblems(kind, request).filter(({ path }) => PRECHECKED.some((name) => path === name || path.startsWith(`${name}.`)))
  const unknown = problems.filter(({ phrase }) => phrase === 'is not supported' || phrase.startsWith('is not supported by'))
  if (problems.length > unknown.length) return { status: 422, body: { code: 'E.0625', status: 'error', message: 'Invalid request params', friendly_message: 'Invalid request params', errors: precheckErrors(problems) } }
  if (unknown.length > 0) return { status: 202, body: { code: 'F.0223', status: 'failed', message: 'Transaction is not allowed', friendly_message: CODES['F.0104'].friendly_message } }
  const method = apmMethod(textAt(request, 'method.type') ?? '')
  return okay({
    ...S,
    commission: { minimum: 0, percent: 0, bank_fee: 0, currency: textAt(request, 'currency') },
    precheck: { gateway_id: method?.gateway_id ?? null, status: 'successful', provider_raw: {} },
    smart_routing_verification: { status: 'successful' },
  })
}

const PRECHECKED = ['amount', 'currency', 'method'] as const

/** `[{"type":["is missing"]}]`: one object per section, named by the last word of the path. */
const precheckErrors = (problems: readonly Problem[]): unknown[] => problems.map(({ path, phrase }) => nest([{ path: path.split('.').at(-1) ?? 'base', phrase }]))

/** Flat answers for one gateway account. The body has no envelope; one is tolerated. */
function question(call: Call): Body {
  return requestOf(call.body) ?? (isBody(call.body) ? call.body : {})
}

function head(asked: Body): Record<string, unknown> {
  return { ...S, gateway_id: at(asked, 'gateway_id') ?? null, account: textAt(asked, 'account') ?? null, country: textAt(asked, 'country') ?? null }
}

/** What the platform owes the shop, per currency: from the ledger. */
export async function balance(deps: BegatewayDeps, call: Call): Promise<Answer> {
  const asked = question(call)
  const balances = await balancesOf(deps.db, call.shop.merchant.id, call.shop.merchant.demo ? 'test' : 'live')
  const own = balances.filter(({ account }) => account === 'merchant')
  return okay({ ...head(asked), provider_info: { balances: own.map(({ currency, amount }) => ({ currency, amount: toWire(-amount, currency) })) } })
}

/** The currencies of a gateway's method; without a known gateway, of all. */
export async function currencies(call: Call): Promise<Answer> {
  const asked = question(call)
  const id = integerAt(asked, 'gateway_id')
  const methods = APM_METHODS.filter(({ gateway_id }) => id === undefined || BigInt(gateway_id) === id)
  const known = [...new Set(methods.flatMap((method) => method.currencies ?? ['EUR', 'USD', 'BYN', 'RUB', 'BRL', 'KES', 'PLN']))].sort()
  return okay({ ...head(asked), provider_info: { currencies: known } })
}

/** Banks that the sandbox's bank page offers. */
const BANKS = [
  { id: 'ready', name: 'Ready Bank', country: 'LV' },
  { id: 'slow', name: 'Slow Bank', country: 'LV' },
  { id: 'empty', name: 'Empty Bank', country: 'EE' },
  { id: 'closed', name: 'Closed Bank', country: 'LT' },
] as const

export async function bankList(call: Call): Promise<Answer> {
  const method = APM_METHODS.find(({ gateway_id }) => String(gateway_id) === call.params['id'])
  return method === undefined ? { status: 404, body: { message: 'Not found.' } } : okay({ response: { data: { channel: method.flow === 'bank_redirect' ? BANKS : [] } } })
}
