/** What the pages of one invoice know about it, before they show anything. */
import type { FastifyRequest } from 'fastify'
import { merchantNumberOf } from '../../../core/ids.ts'
import type { Look, PageStep } from '../../../pages/index.ts'
import { openAttempt, type Payment, type PaymentView } from '../../../payments/model.ts'
import { findSession, updateSession } from '../../../sessions/store.ts'
import type { Account } from '../accounts.ts'
import { payeeOf } from '../invoices/charge.ts'
import type { Parts } from '../parts.ts'
import { framesOf } from '../settings.ts'
import { storedRequest } from '../translate.ts'
import { pageThemeOf } from '../wire/cardgate.ts'
import { languageOf, localeOf } from './language.ts'

export interface PageSession {
  readonly account: Account
  readonly view: PaymentView
  readonly language: string
  /** Part of a checkout: opened through its address, as the widget does, or made there. */
  readonly checkout: boolean
  readonly look: Look | undefined
}

/** What is kept with the handle of a card page, beside the payment. */
export interface PageData {
  readonly checkout?: boolean
  readonly look?: Look
  /** The language that the page was once asked for: it holds for the whole way, also when the payer comes back from the issuer. */
  readonly locale?: string
}

/** The page of a handle, or undefined when there is none. */
export async function openPage({ deps, accounts }: Parts, request: FastifyRequest, sid: string): Promise<PageSession | undefined> {
  const number = merchantNumberOf(sid, 'cgi_')
  const account = number === undefined ? undefined : await accounts.byNumber(number)
  const session = account === undefined ? undefined : await findSession(deps.db, account.merchant.id, 'corefy', 'card_gate', sid)
  const view = account === undefined || (session?.payment_id ?? null) === null ? undefined : await deps.payments.find(account.merchant.id, session?.payment_id ?? '')
  if (account === undefined || session === undefined || view === undefined) return undefined
  const { checkout, look, locale } = session.data as PageData
  const stored = storedRequest(view.payment)
  const asked = localeOf(request)
  if (asked !== undefined && asked !== locale) await updateSession(deps.db, account.merchant.id, sid, { locale: asked } satisfies PageData)
  const theme = pageThemeOf(stored.cardgate).theme
  return {
    account, view,
    language: languageOf(request, locale ?? stored.locale),
    checkout: checkout === true || stored.source === 'platform_public_api',
    look: look ?? stored.look ?? (theme && { theme }),
  }
}

/** What every page of an invoice is given. */
export function sharedView(session: PageSession): { readonly merchant_name: string; readonly language: string; readonly look: Look | undefined; readonly frame_ancestors: readonly string[]; readonly test_mode: boolean } {
  const { account, view: { payment }, language, look, checkout } = session
  return {
    merchant_name: payeeOf(account, payment),
    language, look,
    frame_ancestors: framesOf(account.settings, payment.mode, checkout),
    test_mode: payment.mode === 'test',
  }
}

/** A page of a checkout shows where on the way it is. */
export const stepOf = ({ checkout }: PageSession, step: PageStep): PageStep | undefined => (checkout ? step : undefined)

/** The time is over, and nothing is under way whose end the payer waits for. */
export const isOver = ({ deps }: Parts, view: PaymentView): boolean => view.payment.expires_at !== null && view.payment.expires_at <= deps.clock.now() && openAttempt(view) === undefined

/** Whether the payer goes straight back to the merchant. */
export const bypassesStatusPage = (account: Account, payment: Payment): boolean => storedRequest(payment).cardgate.bypass_status_page ?? account.settings.bypass_status_page

/**
 * Whether our page is skipped: the invoice names a card and asks for it (`options.bypass_hpp`), and it has not been tried. After a
 * decline there is something to say, and the payer is asked after all.
 */
export function bypassesCardPage({ payment, attempts }: PaymentView): boolean {
  const { token, options } = storedRequest(payment)
  return token !== null && options['bypass_hpp'] === true && attempts.length === 0
}
