/**
 * Saved cards: `POST /credit_cards` creates one, or updates holder and expiry of one when a token is sent, which stays the same
 * (beGateway reference 17). The v2 spelling takes and gives the same members.
 */
import { openCard, sealCard } from '../../../instruments/cards.ts'
import { createInstrument, findInstrument, updateInstrument, type Instrument } from '../../../instruments/store.ts'
import type { CardData } from '../../../providers/contract.ts'
import type { BegatewayDeps } from '../deps.ts'
import { invalid, type Answer } from '../errors.ts'
import { okay, type Call } from '../http.ts'
import { requestOf } from '../apm/wire.ts'
import { at, integerAt, isBody, textAt, type Body } from '../validation/body.ts'
import { check, type Field, type Problem } from '../validation/check.ts'
import { boolean, integerBetween, text, textUpTo } from '../validation/rules.ts'
import { asRecipient, isRecipient, cardProblem, cardOf, expiryProblem, summaryOf } from './card-data.ts'

const named = (root: Body): boolean => textAt(root, 'token') !== undefined

const FIELDS: readonly Field[] = [
  { path: 'token', rules: textUpTo(255) },
  { path: 'number', required: (root) => !named(root), rules: [text] },
  { path: 'holder', required: (root) => !named(root), rules: textUpTo(60) },
  { path: 'exp_month', required: (root) => !named(root), rules: integerBetween(1, 12) },
  { path: 'exp_year', required: (root) => !named(root), rules: integerBetween(0, 9999) },
  { path: 'public_key', rules: [text] },
  { path: 'test', rules: [boolean] },
]

/** Creates or updates; `token` may stand in the path. */
export async function saveCard(deps: BegatewayDeps, call: Call): Promise<Answer> {
  const request = requestOf(call.body) ?? (isBody(call.body) ? call.body : {})
  const inner = at(request, 'credit_card')
  const fields: Body = { ...(isBody(inner) ? inner : request), ...(call.params['token'] === undefined ? {} : { token: call.params['token'] }) }
  const problems = [...check(fields, FIELDS, "can't be blank"), ...valueProblems(fields, deps.clock.now())]
  if (problems.length > 0) return invalid(call.dialect, problems)
  const token = textAt(fields, 'token')
  const card = token === undefined ? await create(deps, call, fields) : await update(deps, call, token, fields)
  if (card === undefined) return invalid(call.dialect, [{ path: 'token', phrase: 'does not exist' }])
  return 'kind' in card ? okay(shownCard(card)) : invalid(call.dialect, [card])
}

function valueProblems(fields: Body, now: Date): Problem[] {
  const number = textAt(fields, 'number')
  const problems: Problem[] = number !== undefined && cardProblem(number) !== undefined ? [{ path: 'number', phrase: 'is not a card number' }] : []
  const month = integerAt(fields, 'exp_month')
  const year = integerAt(fields, 'exp_year')
  const phrase = month === undefined || year === undefined ? undefined : expiryProblem(Number(month), Number(year), now)
  return phrase === undefined || month === undefined || month < 1n || month > 12n ? problems : [...problems, { path: 'date', phrase }]
}

async function create(deps: BegatewayDeps, call: Call, fields: Body): Promise<Instrument | Problem> {
  const card = cardOf({ credit_card: fields })
  if (card === undefined) return { path: 'number', phrase: 'is not a card number' }
  const row = sealCard(deps.vault, card, {
    merchant_id: call.shop.merchant.id, id: deps.ids.hex(32), customer_id: null, summary: summaryOf(card), remembered: false, usable: true, now: deps.clock.now(),
  })
  await createInstrument(deps.db, row)
  return row
}

async function update(deps: BegatewayDeps, call: Call, token: string, fields: Body): Promise<Instrument | Problem | undefined> {
  const known = await findInstrument(deps.db, call.shop.merchant.id, token)
  if (known?.kind !== 'card') return undefined
  const old = await openCard(deps.vault, known, undefined)
  const dated = cardOf({ credit_card: { number: old.number, exp_month: Number(integerAt(fields, 'exp_month') ?? old.exp_month), exp_year: Number(integerAt(fields, 'exp_year') ?? old.exp_year) } })
  if (dated === undefined) return undefined
  const card: CardData = { ...dated, holder: textAt(fields, 'holder') ?? old.holder }
  const summary = summaryOf(card)
  const row = sealCard(deps.vault, card, { ...known, summary: isRecipient(known.summary) ? asRecipient(summary) : summary, now: deps.clock.now() })
  const changed = { ...row, created_at: known.created_at }
  await updateInstrument(deps.db, changed)
  return changed
}

/** Without envelope; numbers, as documented. */
function shownCard({ id, summary, fingerprint }: Instrument): Record<string, unknown> {
  return {
    token: id, holder: summary.holder, brand: summary.brand, first_1: summary.first6.charAt(0), bin: summary.first6, last_4: summary.last4,
    exp_month: summary.exp_month, exp_year: summary.exp_year, stamp: fingerprint,
  }
}
