import { after } from '../../core/clock.ts'
import { money, toDecimalString } from '../../core/money.ts'
import type { Payment, PaymentView } from '../../payments/model.ts'
import { isFinished } from '../../payments/decisions/state.ts'
import type { ApiDeps } from '../common/deps.ts'
import type { Account, Accounts } from './accounts.ts'
import { signToken } from './gate/jwt.ts'
import { isElsewhere } from './invoices/elsewhere.ts'
import { payoutDocument } from './payouts/translate.ts'
import { payoutStatusNow, statusNow, statusOf } from './statuses.ts'
import { invoiceDocument, storedRequest } from './translate.ts'

/** How long the card gate's token is good (Corefy reference: bearer token). */
const TOKEN_LIFE_MS = 3_600_000

type Audience = 'merchant' | 'public'
type Document = Readonly<Record<string, unknown>>

interface More {
  readonly callback_logs?: readonly unknown[]
  /** Another word than that of the moment: the answer to a command has its own. */
  readonly status?: string
}

/** Shows payments as invoices: what needs the account's switches, addresses and keys. */
export interface Shower {
  document(account: Account, view: PaymentView, audience: Audience, more?: More): Promise<Document>
  payout(account: Account, view: PaymentView, audience: Audience, more?: More): Document
  /** Where the payer enters the card. */
  pageUrl(payment: Payment): string
  /** Where the payer goes back to, by outcome; undefined when the merchant gave no address. */
  returnUrl(account: Account, view: PaymentView): string | undefined
}

export function createShower(deps: ApiDeps, accounts: Accounts): Shower {
  const pageUrl = (payment: Payment): string => `${deps.base_url}/hpp/${storedRequest(payment).sid}`

  const flowData = async (account: Account, payment: Payment, audience: Audience): Promise<unknown> => {
    if (isFinished(payment.state)) return []
    const { sid, cardgate } = storedRequest(payment)
    const withToken = audience === 'merchant' && !isElsewhere(payment) && (cardgate.instant === true || account.settings.allow_h2h)
    const exp = Math.floor(after(deps.clock.now(), TOKEN_LIFE_MS).getTime() / 1000)
    const token = withToken ? { token: await signToken({ sid, expires: null, exp }, account.settings.jwt_algorithm, await accounts.jwtKeys(account)) } : {}
    return { action: pageUrl(payment), method: 'GET', params: [], metadata: { sid, ...token } }
  }

  return {
    pageUrl,
    document: async (account, view, audience, { callback_logs = [], status = statusNow(view) } = {}) =>
      invoiceDocument(view.payment, {
        audience, callback_logs, status,
        refunds: view.refunds,
        reserve: view.reserve,
        flow_data: await flowData(account, view.payment, audience),
        hide_card: false,
        attempt_id: view.attempts.findLast(({ kind }) => kind !== 'refund')?.id ?? null,
        hpp_url: `${deps.base_url}/redirect/hpp/?cpi=${view.payment.id}`,
        account_id: account.id,
        internal: account.settings.expose_internal_data ? { return_url: `${deps.base_url}/redirect/hpp/?cpi=${view.payment.id}` } : null,
      }),
    payout: (account, view, audience, { callback_logs = [], status = payoutStatusNow(view) } = {}) =>
      payoutDocument(view.payment, { audience, status, attempts: view.attempts, callback_logs, account_id: account.id, expose_internal: account.settings.expose_internal_data }),
    returnUrl: (account, view) => {
      const { payment } = view
      const { return_url, return_urls } = storedRequest(payment)
      const outcome = payment.state === 'succeeded' ? 'success' : isFinished(payment.state) ? 'fail' : 'pending'
      const url = return_urls?.[outcome] ?? return_url
      // A checkout in a frame ends with a page that tells the frame's owner to close it.
      if (url === null) return storedRequest(payment).source === 'platform_public_api' && isFinished(payment.state) ? `${deps.base_url}/hpp/close` : undefined
      const withContext = account.settings.send_operation_context_on_return || storedRequest(payment).options['send_operation_context_on_return'] === true
      // As browsers write addresses: a header carries no letters beyond Latin, and no line breaks.
      return withContext ? contextUrl(url, view) : new URL(url).href
    },
  }
}

/** The return URL with what happened, where the account asks for it (Corefy reference: card page). */
function contextUrl(url: string, { payment, refunds }: PaymentView): string {
  const target = new URL(url)
  const context = {
    id: payment.id, serial_number: payment.id.replace(/^cpi_/, ''), reference_id: payment.reference ?? '', status: statusOf(payment, refunds.at(-1) ?? null, refunds),
    amount: toDecimalString(money(payment.amount, payment.currency)), currency: payment.currency,
  }
  for (const [name, value] of Object.entries(context)) if (!target.searchParams.has(name)) target.searchParams.set(name, value)
  return target.href
}
