/** The account and what it offers (Corefy reference: account and catalogue). */
import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { fromDecimal, money, toDecimalString } from '../../../core/money.ts'
import { balancesOf, type Balance } from '../../../ledger/store.ts'
import { textsFor, type ServiceKind } from '../../../pages/index.ts'
import type { Account } from '../accounts.ts'
import { notFound, sendErrors } from '../errors.ts'
import { idOf, queryOf, withAccount, type Parts } from '../parts.ts'
import { seconds } from '../php.ts'
import type { Service } from '../settings.ts'

/** Names of the methods that are known; any other is shown by its code. */
const METHODS: Readonly<Record<string, { readonly name: string; readonly category: string }>> = {
  payment_card: { name: 'Bank card', category: 'payment_card' },
  test: { name: 'Test method', category: 'test' },
  googlepay: { name: 'Google Pay', category: 'e_wallet' },
  applepay: { name: 'Apple Pay', category: 'e_wallet' },
  bank_transfer: { name: 'Bank transfer', category: 'bank_transfer' },
  blik: { name: 'BLIK', category: 'mobile_payment' },
}

/** A method by its code, as the public API lists it. */
export function methodOf(code: string): { code: string; name: string; category: string; logo: null; icon: null } {
  const known = Object.hasOwn(METHODS, code) ? METHODS[code] : undefined
  return { code, name: known?.name ?? code.replaceAll('_', ' '), category: known?.category ?? 'other', logo: null, icon: null }
}

/** The name of a method for a payer. Brands have one name everywhere. */
export function methodName(code: string, language: string): string {
  const texts = textsFor(language)
  if (code === 'payment_card') return texts.say('method_card')
  return code === 'test' ? texts.say('method_test') : methodOf(code).name
}

/** What kind of a way to pay a method is, by its category or, for a method of the account's own, by the words in its code. */
export function kindOf(code: string): ServiceKind {
  const { category } = methodOf(code)
  if (category === 'payment_card') return 'card'
  if (category === 'e_wallet') return 'wallet'
  return KIND_WORDS.find(([words]) => words.test(code))?.[1] ?? 'other'
}

const KIND_WORDS: readonly (readonly [RegExp, ServiceKind])[] = [
  [/card/, 'card'], [/wallet/, 'wallet'], [/bank|transfer|sepa/, 'bank'], [/cash|voucher/, 'cash'], [/mobile|phone|sms/, 'phone'],
]

/** `GET /account/profile`, `/account`, `/account/balances`, `/payment-services`, `/payment-services/{code}`, `/payment-methods`, `/payment-methods/{code}`. */
export function catalogueRoutes(server: FastifyInstance, parts: Parts): void {
  const { deps } = parts
  server.get('/account/profile', withAccount(parts, async (account, _request, reply) => reply.send({ data: profileOf(account, deps.base_url) })))

  // One white label answers this with the payment options as well.
  server.get('/account', withAccount(parts, async (account, _request, reply) => {
    const profile = profileOf(account, deps.base_url)
    const services = enabled(account).map(serviceResource)
    return reply.send({ data: { ...profile, relationships: { 'payment-services': { data: services.map(({ type, id }) => ({ type, id })) } } }, included: services })
  }))

  server.get('/account/balances', withAccount(parts, async (account, request, reply) => {
    // Test and live money do not meet, and the wire has no word for which is meant: live, unless `test_mode` asks for
    // the other, or the account is a demo one, which has nothing else.
    const asked = queryOf(request, 'test_mode')
    const mode = (asked === undefined ? account.merchant.demo : asked === '1' || asked === 'true') ? 'test' : 'live'
    const rows = await balancesOf(deps.db, account.merchant.id, mode)
    return reply.send({ data: { type: 'account', id: account.id, attributes: { currency_accounts: currencyAccounts(account, rows) }, links: { self: '/api/account/balances' } } })
  }))

  server.get('/payment-services', withAccount(parts, async (account, _request, reply) =>
    reply.send({ data: enabled(account).map(serviceResource), links: { self: '/api/payment-services' } })))

  server.get('/payment-services/:id', withAccount(parts, async (account, request, reply) => {
    const service = enabled(account).find(({ code }) => code === idOf(request))
    return service === undefined ? sendErrors(reply, [notFound('There is no such service.')]) : reply.send({ data: serviceResource(service) })
  }))

  server.get('/payment-methods', withAccount(parts, async (account, _request, reply) => {
    return reply.send({ data: methodsOf(account).map(methodResource), links: { self: '/api/payment-methods' } })
  }))

  server.get('/payment-methods/:id', withAccount(parts, async (account, request, reply) => {
    const code = methodsOf(account).find((method) => method === idOf(request))
    return code === undefined ? sendErrors(reply, [notFound('There is no such method.')]) : reply.send({ data: methodResource(code) })
  }))
}

const methodsOf = (account: Account): string[] => [...new Set(enabled(account).map(({ method }) => method))]

const methodResource = (code: string): Record<string, unknown> => ({ type: 'payment-methods', id: code, attributes: methodOf(code), links: { self: `/api/payment-methods/${code}` } })

const enabled = ({ settings }: Account): Service[] => settings.services.filter((service) => service.enabled)

function profileOf({ id, merchant, settings }: Account, base_url: string): Record<string, unknown> {
  return {
    type: 'account',
    id,
    attributes: {
      status: 'active', name: merchant.name, icon: null, website: settings.website, payment_fee_shift_out: false, hp_domain: new URL(base_url).host, ledger_scheme: 'internal',
      api_ip_white_list: settings.api_ip_white_list, created: seconds(merchant.created_at), updated: seconds(merchant.created_at), report: null, time_zone: 'UTC',
    },
    links: { self: '/api/account/profile' },
  }
}

function serviceResource(service: Service): { type: string; id: string } & Record<string, unknown> {
  const { code, method, currency, flow, direction, amount_min, amount_max, fields = [] } = service
  const out = direction === 'out'
  return {
    type: out ? 'payout-services' : 'payment-services',
    id: code,
    attributes: { code, name: `${methodOf(method).name} ${currency}`, method, currency, flow, direction: out ? 'payout' : 'payment', status: 'available', amount_min, amount_max, fields },
    relationships: { [out ? 'payout-method' : 'payment-method']: { data: { type: out ? 'payout-methods' : 'payment-methods', id: method } } },
    links: { self: `/api/payment-services/${code}` },
  }
}

/** Balances by currency, as text. Every currency that a service takes is there, also when nothing has moved yet. */
function currencyAccounts(account: Account, rows: readonly Balance[]): Record<string, unknown> {
  const currencies = new Set([...enabled(account).map(({ currency }) => currency), ...rows.map(({ currency }) => currency)])
  const held = (name: string, currency: string): string =>
    toDecimalString(money(-BigInt(rows.find((row) => row.account === name && row.currency === currency)?.amount ?? 0n), currency))
  return Object.fromEntries([...currencies].sort().map((currency) => [currency, {
    account_id: `comca_${createHash('sha256').update(`${account.id} ${currency}`).digest('hex').slice(0, 16)}`,
    active_balance: held('merchant', currency),
    // On its way out: taken from the active balance, and not yet arrived.
    pending_balance: held('payouts', currency),
    // The merchant's, and not to be spent yet.
    reserved_balance: held('reserve', currency),
    overdraft_limit: toDecimalString(fromDecimal(account.settings.overdraft_limit ?? '0', currency) ?? money(0n, currency)),
    balance_lower_limit: null,
  }]))
}
