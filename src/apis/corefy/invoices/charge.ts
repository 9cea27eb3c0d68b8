import { brandOf } from '../../../core/card.ts'
import { orderedHandle } from '../../../core/ids.ts'
import { openCard, summaryOf } from '../../../instruments/cards.ts'
import type { SealedInstrument } from '../../../instruments/store.ts'
import type { PayInstruction, Payments } from '../../../payments/commands.ts'
import type { Payment, PaymentView } from '../../../payments/model.ts'
import type { CardData } from '../../../providers/contract.ts'
import type { ApiDeps } from '../../common/deps.ts'
import type { StoredCustomer } from '../account/shown-customer.ts'
import type { Account } from '../accounts.ts'
import { storedRequest } from '../translate.ts'
import { pageThemeOf } from '../wire/cardgate.ts'

/** A card that was typed, or a stored one with (on the page) or without (write-off) its CVV. */
export type ChargeWith = { readonly card: CardData; readonly remember: boolean } | { readonly instrument: SealedInstrument; readonly cvv: string | undefined }

export interface ChargeContext {
  readonly ip: string
  readonly user_agent: string | undefined
  /** Of the page that the payer reads, for those that follow it. */
  readonly language?: string | undefined
  /** `page`: the payer is here and may try again. `gate`: the merchant's server asks, once. */
  readonly via: 'page' | 'gate'
}

/** Tries an invoice's payment with a card: the one way for page, card gate and token. */
export async function charge(deps: ApiDeps, account: Account, view: PaymentView, what: ChargeWith, context: ChargeContext): ReturnType<Payments['pay']> {
  const { payment } = view
  const { cardgate, customer } = storedRequest(payment)
  const stored = 'instrument' in what
  const card = stored ? await openCard(deps.vault, what.instrument, what.cvv) : what.card
  const shown = stored ? what.instrument.summary : summaryOf(card, brandOf(card.number) ?? null)
  const keep = !stored && payment.customer_id !== null && (cardgate.tokenize === true || account.settings.always_save_token || what.remember)
  const name = nameOf(customer)
  return deps.payments.pay(payment.merchant_id, payment.id, {
    instrument: { ...card, holder: card.holder ?? name ?? 'CARD HOLDER' },
    shown: { ...shown, holder: shown.holder ?? name ?? 'CARD HOLDER' },
    store: keep ? { id: deps.ids.alphanumeric(32), remembered: what.remember } : undefined,
    // A write-off has no payer who could be asked for anything.
    initiator: stored && context.via === 'gate' ? 'merchant' : 'payer',
    authentication: account.settings.three_d_secure,
    return_url: returnAddress(deps, context),
    merchant_name: payeeOf(account, payment),
    payer: payerOf(customer, context),
    final: context.via === 'gate',
    attempt_id: orderedHandle(deps.ids, deps.clock.now(), 'pay_', account.merchant.number, 24),
  }, view)
}

/** Whom the payer pays: by the name that the page shows. */
export const payeeOf = ({ merchant }: Account, payment: Payment): string => pageThemeOf(storedRequest(payment).cardgate).merchant_name ?? merchant.name

/** Where the payer comes back to from the issuer, or from the provider's own page. */
export const returnAddress = ({ base_url }: ApiDeps, { via }: ChargeContext) => (attempt_id: string): string => `${base_url}/complete-auth?pid=${attempt_id}&via=${via}`

/** The payer's name, also where the merchant gave it in parts. */
function nameOf(customer: StoredCustomer | null): string | undefined {
  const { name, first_name, surname } = customer?.profile ?? {}
  if (typeof name === 'string') return name
  const parts = [first_name, surname].filter((part) => typeof part === 'string')
  return parts.length === 0 ? undefined : parts.join(' ')
}

/** What is known about who pays. */
export function payerOf(customer: StoredCustomer | null, { ip, user_agent, language }: ChargeContext): NonNullable<PayInstruction['payer']> {
  const email = customer?.profile['email']
  const name = nameOf(customer)
  return { ip, ...(typeof email === 'string' ? { email } : {}), ...(name === undefined ? {} : { name }), ...(user_agent === undefined ? {} : { user_agent }), ...(language === undefined ? {} : { language }) }
}
