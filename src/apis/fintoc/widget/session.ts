/**
 * Who is at the widget: the token that opened it, and the flow that a sign-in bound it to ("Fintoc reference: widget_token").
 *
 * A token opens the widget as often as it likes for ten minutes, until somebody has signed in to a bank with it. That binds it to that
 * browser by a second secret, the flow, which the browser chooses before it signs in: a sign-in whose answer was lost can be sent again.
 * From then on the token without the flow opens nothing. So a reload in the same tab goes on where it was (the frame keeps the flow), while
 * another window, or whoever else may have seen the token, is told that the payment goes on elsewhere (choice: the reference says "single
 * use" and leaves reloading open).
 *
 * The bank's session and its accounts are kept in the flow's row, sealed by the vault. What was typed is kept nowhere.
 */
import { after } from '../../../core/clock.ts'
import { merchantNumberOf } from '../../../core/ids.ts'
import { fail, ok } from '../../../core/result.ts'
import type { Result } from '../../../core/result.ts'
import type { Merchant } from '../../../merchants/store.ts'
import type { PaymentView } from '../../../payments/model.ts'
import type { BankAccountView } from '../../../providers/contract.ts'
import type { SessionRow } from '../../../sessions/model.ts'
import { bindSession, createSession, findSession, hashOf } from '../../../sessions/store.ts'
import { publicCaller } from '../caller.ts'
import { paymentIdOf } from '../checkout/object.ts'
import { API } from '../deps.ts'
import type { FintocDeps } from '../deps.ts'
import { findIntent, WIDGET } from '../intents/routes.ts'
import type { Requests } from './protocol.ts'
import type { TextKey } from './text.ts'

const FLOW = 'widget_flow'
/** A bank's session lasts about this long; so does what we know of it. */
const FLOW_MS = 30 * 60_000

/** What the sign-in brought. */
export interface BankLogin {
  readonly session: string
  readonly institution: string
  readonly accounts: readonly (Omit<BankAccountView, 'balance'> & { readonly balance: { readonly minor: string; readonly currency: string } })[]
}

export interface Visitor {
  readonly merchant: Merchant
  readonly view: PaymentView
  readonly token: SessionRow
  /** The bank login of this browser; undefined before the sign-in, or in another browser. */
  readonly login: BankLogin | undefined
  /** Whether the token is bound to this browser, whatever became of its sign-in. */
  readonly isBound: boolean
}

/** A visitor that is turned away, in words of the widget; `code` is the error's on the wire. */
export interface TurnedAway {
  readonly problem: TextKey
  readonly again: boolean
  readonly code: 'invalid_widget_token' | 'expired_widget_token' | 'invalid_request' | 'unavailable_institution' | 'institution_credentials_invalid' | 'locked_credentials' | 'rate_limit_exceeded'
}

export const turnedAway = (code: TurnedAway['code'], problem: TextKey, again = false): TurnedAway => ({ code, problem, again })

/** The payment behind a token, if token, public key and mode belong together; and the flow, if it is this browser's. */
export async function visitorOf(deps: FintocDeps, { public_key, token, flow }: Requests['open']): Promise<Result<Visitor, TurnedAway>> {
  const unknown = fail(turnedAway('invalid_widget_token', 'problem_token'))
  const id = paymentOf(token)
  const number = id === undefined ? undefined : merchantNumberOf(id, 'pi_')
  const merchant = number === undefined ? undefined : await deps.merchants.byNumber(number)
  if (id === undefined || merchant === undefined) return unknown
  const row = await findSession(deps.db, merchant.id, API, WIDGET, token)
  const payment = row === undefined ? undefined : await deps.payments.find(merchant.id, id)
  if (row?.payment_id !== id || payment === undefined) return unknown
  // A hosted page is ours and needs no key; everybody else shows the merchant's own, of the same mode.
  if (row.data['hosted'] !== true || public_key !== '') {
    const caller = await publicCaller(deps, public_key)
    if (caller?.merchant.id !== merchant.id || caller.mode !== payment.payment.mode) return unknown
  }
  const view = await findIntent(deps, { merchant, mode: payment.payment.mode }, id)
  if (view === undefined) return unknown
  return ok({ merchant, view, token: row, login: flow === '' ? undefined : await openFlow(deps, merchant.id, id, flow), isBound: row.data['bound_to'] === markOf(flow) })
}

function paymentOf(token: string): string | undefined {
  const match = /^((?:pi|cs)_\w{3,60}?)_sec_\w{1,100}$/.exec(token)
  return match?.[1] === undefined ? undefined : paymentIdOf(match[1])
}

const contextOf = (merchant_id: string, hash: Uint8Array): string => `flow:${merchant_id}:${Buffer.from(hash).toString('hex')}`

/** A flow that nobody can guess; any other one is replaced by one of ours. */
const SECRET = /^\w{32,100}$/

/** The secret of a browser's flow: its own, or a new one. */
export const flowSecret = (deps: FintocDeps, chosen: string): string => (SECRET.test(chosen) ? chosen : deps.ids.alphanumeric(32))

const markOf = (flow: string): string => Buffer.from(hashOf(flow)).toString('hex')

/** Binds the token to a flow. Of two browsers the first gets the payment, also when it asks again; false for the other. */
export function bindToken(deps: FintocDeps, merchant_id: string, token: string, flow: string): Promise<boolean> {
  return bindSession(deps.db, merchant_id, token, markOf(flow), deps.clock.now())
}

/** Keeps a bank login under the secret of its flow. */
export async function keepLogin(deps: FintocDeps, merchant_id: string, payment_id: string, secret: string, login: BankLogin): Promise<void> {
  const now = deps.clock.now()
  const hash = hashOf(secret)
  const sealed = deps.vault.seal(Buffer.from(JSON.stringify(login)), contextOf(merchant_id, hash))
  await createSession(deps.db, {
    merchant_id, hash, api: API, kind: FLOW, payment_id, data: { sealed: Buffer.from(sealed).toString('base64') }, created_at: now, expires_at: after(now, FLOW_MS), used_at: null,
  })
}

async function openFlow(deps: FintocDeps, merchant_id: string, payment_id: string, secret: string): Promise<BankLogin | undefined> {
  const row = await findSession(deps.db, merchant_id, API, FLOW, secret)
  if (row === undefined || row.payment_id !== payment_id || row.expires_at <= deps.clock.now()) return undefined
  const sealed = row.data['sealed']
  const opened = typeof sealed === 'string' ? await deps.vault.open(Buffer.from(sealed, 'base64'), contextOf(merchant_id, hashOf(secret))) : undefined
  return opened?.ok === true ? (JSON.parse(Buffer.from(opened.value).toString()) as BankLogin) : undefined
}
