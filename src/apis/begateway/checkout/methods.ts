/** Which methods a hosted checkout offers: `payment_method.types` and `excluded_types`, as far as the shop has them (beGateway reference 17, "widget"). */
import { textsFor, type CheckoutField, type CheckoutService, type ServiceKind } from '../../../pages/index.ts'
import type { Payment } from '../../../payments/model.ts'
import { methodName } from '../payer/method-names.ts'
import { apmMethod, type ApmMethod, type Flow } from '../methods.ts'
import { membersOf, storedPayment, type StoredPayment } from '../stored.ts'
import { bodyAt, textAt, textsAt } from '../validation/body.ts'

export const CREDIT_CARD = 'credit_card'

/** The names of the methods; the card alone where nothing is said, because that is what every shop has. */
export function offered(payment: Payment): readonly string[] {
  const stored = storedPayment(payment)
  const wish = bodyAt(stored.checkout ?? {}, 'payment_method')
  const types = textsAt(wish, 'types')
  const excluded = new Set(textsAt(wish, 'excluded_types'))
  // An authorization or a tokenization is something that cards do.
  const cards_only = stored.type !== 'payment'
  const usable = (types.length === 0 ? [CREDIT_CARD] : types).filter((type) => !excluded.has(type) && (type === CREDIT_CARD || (!cards_only && takes(type, payment.currency))))
  return usable.length === 0 ? [CREDIT_CARD] : usable
}

function takes(type: string, currency: string): boolean {
  const method = apmMethod(type)
  return method !== undefined && (method.currencies?.includes(currency) ?? true)
}

const KINDS: Readonly<Record<Flow, ServiceKind>> = { wallet: 'wallet', bank_redirect: 'bank', voucher: 'cash', bogus: 'other', erip: 'cash' }

/** The choices of the page. */
export function servicesOf(payment: Payment): readonly CheckoutService[] {
  const { language } = storedPayment(payment)
  return offered(payment).map((type) => {
    const method = type === CREDIT_CARD ? undefined : apmMethod(type)
    const shared = { code: type, currency: payment.currency }
    if (method === undefined) return { ...shared, name: textsFor(language).say('method_card'), kind: 'card' as const }
    return { ...shared, name: methodName(type, language), kind: KINDS[method.flow], fields: fieldsOf(method, storedPayment(payment)) }
  })
}

/** What the method asks the payer for, members of `method` or of `customer`, as far as the shop has not said it. The page can name them. */
function fieldsOf(method: ApmMethod, stored: StoredPayment): readonly CheckoutField[] {
  const known = { method: membersOf(stored, method.type), customer: { ...stored.customer, ...stored.billing_address } }
  return method.requires.filter((path) => textAt(known, path) === undefined).map((path) => ({ key: path.split('.').at(-1) ?? path, required: true, type: path.endsWith('phone') ? ('tel' as const) : ('text' as const) }))
}
