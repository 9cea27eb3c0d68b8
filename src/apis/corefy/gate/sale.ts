import type { FastifyInstance, FastifyReply } from 'fastify'
import { digitsOf, luhn } from '../../../core/card.ts'
import { merchantNumberOf } from '../../../core/ids.ts'
import { fail, ok, type Result } from '../../../core/result.ts'
import type { PaymentView } from '../../../payments/model.ts'
import { findBySession, type Bound } from '../../../payments/store.ts'
import type { CardData } from '../../../providers/contract.ts'
import { BROKEN_JSON } from '../../common/body.ts'
import { addressOf } from '../../common/ip.ts'
import type { Account } from '../accounts.ts'
import { badRequest, conflict, invalid, notFound, sendErrors, sendTooMany, unauthorized, type WireError } from '../errors.ts'
import { charge, type ChargeWith } from '../invoices/charge.ts'
import { awaitsModerator } from '../moderated.ts'
import type { Parts } from '../parts.ts'
import { statusOf } from '../statuses.ts'
import { storedRequest } from '../translate.ts'
import { attributesOf, createReader, datePart, type Reader } from '../wire/reader.ts'
import { saleAnswer } from './answer.ts'
import { browserInfo } from './browser-info.ts'
import { readGooglePay } from './google-pay.ts'
import { peekToken, verifyToken } from './jwt.ts'

/** `POST /payment/sale`: the card gate (Corefy reference: CARDGATE). */
export function cardGateRoutes(server: FastifyInstance, parts: Parts): void {
  const { deps } = parts
  server.post('/payment/sale', async (request, reply) => {
    const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const session = await openSession(parts, bearer)
    if (session === undefined) return sendErrors(reply.header('www-authenticate', 'Bearer realm="Card gate"'), [unauthorized('The bearer token is missing, wrong or expired.')])
    const wait_s = deps.limit.take(session.account.merchant.id)
    if (wait_s > 0) return sendTooMany(reply, wait_s)
    if (request.body === BROKEN_JSON) return sendErrors(reply, [badRequest('The body is not valid JSON.')])
    const { account, view } = session
    if (awaitsModerator(view.payment)) return sendErrors(reply, [conflict('The payment invoice waits for a moderator.')])
    const what = readSale(session, request.body)
    if (!what.ok) return sendErrors(reply, what.error)
    const browser = browserInfo(request.body)
    const paid = await charge(deps, account, view, what.value, { ip: browser.ip ?? addressOf(request), language: browser.language, user_agent: browser.user_agent ?? request.headers['user-agent'], via: 'gate' })
    if (paid.ok) return sendSale(reply, paid.value)
    switch (paid.error.kind) {
      case 'busy':
        // The same sale again while the first is under way: its state, and no second charge.
        return sendSale(reply, paid.error.view)
      case 'finished':
        return sendErrors(reply, [conflict(`The session is over: the payment is ${statusOf(paid.error.view.payment, null, paid.error.view.refunds)}.`)])
      case 'expired':
        return sendErrors(reply, [conflict('The session has expired.')])
      case 'no_route': {
        const ended = await deps.payments.end(account.merchant.id, view.payment.id, { state: 'failed', reason: 'no_route' })
        return ended.ok ? sendSale(reply, ended.value) : sendErrors(reply, [conflict('No provider takes this payment.')])
      }
      case 'no_funds':
      case 'not_found':
        return sendErrors(reply, [notFound()])
    }
  })
}

/** The account and payment behind a bearer token; undefined when it is not to be trusted. */
async function openSession({ deps, accounts, handoff }: Parts, token: string | undefined): Promise<(Bound & { readonly account: Account }) | undefined> {
  const claims = token === undefined ? undefined : peekToken(token)
  if (token === undefined || claims === undefined || claims.exp * 1000 <= deps.clock.now().getTime()) return undefined
  const number = merchantNumberOf(claims.sid, 'cgi_')
  const account = number === undefined ? undefined : await accounts.byNumber(number)
  if (account === undefined || !verifyToken(token, await accounts.jwtKeys(account))) return undefined
  const bound = handoff.take(claims.sid) ?? await findBySession(deps.db, account.merchant.id, 'card_gate', claims.sid)
  return bound === undefined ? undefined : { account, ...bound }
}

/** What is to be charged: the card in the body, or the invoice's stored token when the body has none. */
function readSale({ view, instrument }: Bound, body: unknown): Result<ChargeWith, WireError[]> {
  const found = attributesOf(body, ['sale-operation', 'sale-operations'])
  if (!found.ok) return found
  const fields = createReader(found.value.attributes, '/data/attributes')
  if (fields.has('google_pay')) return readGooglePay(fields, view.payment.mode)
  if (fields.has('card_number')) return readCard(fields)
  const token = storedRequest(view.payment).token
  if (token === null) return fail([invalid('/data/attributes/card_number', 'card_number is required: the invoice names no token.')])
  if (instrument === undefined) return fail([invalid('/data/attributes/token', 'The token of the invoice is no longer there.')])
  return ok({ instrument, cvv: fields.text('cvv', 4) ?? undefined })
}

function readCard(fields: Reader): Result<ChargeWith, WireError[]> {
  // Which networks there are is the provider's knowledge; here only what cannot be a card number of any is refused.
  const number = digitsOf(fields.required('card_number', 40))
  if (number === undefined || !/^\d{12,19}$/.test(number) || !luhn(number)) fields.refuse('card_number', 'card_number is not a card number.')
  const month = twoDigits(fields, 'exp_month', 1, 12)
  const year = twoDigits(fields, 'exp_year', 0, 9999)
  const cvv = fields.text('cvv', 4)
  if (cvv !== null && !/^\d{3,4}$/.test(cvv)) fields.refuse('cvv', 'cvv must have 3 or 4 digits.')
  const holder = fields.text('card_holder', 100)
  if (fields.errors.length > 0 || number === undefined) return fail(fields.errors)
  // Two digits are this century; the test network's tables reach back and ahead, so no date is refused here.
  const card: CardData = { type: 'card', number, exp_month: month, exp_year: year < 100 ? 2000 + year : year, holder: holder ?? undefined, cvv: cvv ?? undefined }
  return ok({ card, remember: false })
}

function twoDigits(fields: Reader, field: string, min: number, max: number): number {
  const text = fields.required(field, 4)
  const value = datePart(text, max)
  if (text !== '' && !(value >= min && value <= max)) fields.refuse(field, `${field} must be written with two digits.`)
  return value
}

const sendSale = (reply: FastifyReply, view: PaymentView): FastifyReply => reply.code(201).send(saleAnswer(view))
