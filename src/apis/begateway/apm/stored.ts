/** What is kept of an APM request. */
import { ownDecimals } from '../amounts.ts'
import { languageOf } from '../payer/languages.ts'
import type { Payment } from '../../../payments/model.ts'
import type { ApmMethod } from '../methods.ts'
import type { Shop } from '../account/shop.ts'
import { storedPayment, withoutCardNumbers, type StoredPayment, type TransactionType } from '../stored.ts'
import { at, bodyAt, flagAt, present, textAt, textsAt, type Body } from '../validation/body.ts'
import { normalBirthDate } from '../validation/dates.ts'

/** `resource`: which path it came by. The tracking id is echoed verbatim, and is the order id where none is given (beGateway reference 3). */
export function storedApm(shop: Shop, request: Body, method: ApmMethod, resource: 'apm' | 'erip', type: TransactionType): StoredPayment {
  const order_id = textAt(request, 'order_id')
  return {
    resource, type,
    shop_id: shop.id,
    test: flagAt(request, 'test') ?? false,
    ...ownDecimals(textAt(request, 'currency') ?? ''),
    language: languageOf(textAt(request, 'language')),
    tracking_id: textAt(request, 'tracking_id') ?? order_id ?? null,
    order_id,
    notification_url: textAt(request, 'notification_url'),
    verification_url: textAt(request, 'verification_url'),
    return_url: textAt(request, 'return_url'),
    iframe: flagAt(request, 'iframe'),
    expired_at: type === 'payment' ? textAt(request, 'expired_at') : undefined,
    ...people(request),
    additional_data: withoutCardNumbers(bodyAt(request, 'additional_data')) as Body,
    method_type: method.type,
    method: withoutCardNumbers(present(bodyAt(request, 'method'))) as Body,
    gateway_id: method.gateway_id,
    recurring: textsAt(request, 'additional_data.contract').includes('recurring'),
    ...(type === 'payment' && method.flow === 'erip' && flagAt(request, 'method.permanent') === true ? { permanent: true } : {}),
  }
}

/** What one payment of a permanent bill keeps: all that the bill says, for as long as the payer may take. */
export function storedOfBill(bill: Payment, expires_at: Date): StoredPayment {
  const { permanent: _, method: { permanent: __, ...method }, ...stored } = storedPayment(bill)
  return { ...stored, method: { ...method, bill_uid: bill.id }, bill_uid: bill.id, expired_at: expires_at.toISOString() }
}

/** Names and addresses come back under `billing_address`, the rest under `customer` (beGateway reference 4, shape rule 1). */
const ADDRESS_MEMBERS = ['first_name', 'last_name', 'middle_name', 'country', 'city', 'state', 'zip', 'address', 'phone'] as const
const CUSTOMER_MEMBERS = ['email', 'device_id', 'gender', 'taxpayer_id', 'id_number', 'external_id'] as const

/** `customer` and `billing_address` of the answer. The birth date comes back normalised, in both (rule 2). */
export function people(request: Body): { customer: Body; billing_address: Body } {
  const customer = bodyAt(request, 'customer')
  const day = textAt(customer, 'birth_date')
  const birth_date = day === undefined ? undefined : normalBirthDate(day)
  const pick = (names: readonly string[]): Body => Object.fromEntries(names.flatMap((name) => {
    const value = textAt(customer, name)
    return value === undefined ? [] : [[name, value]]
  }))
  return {
    customer: present({ ip: textAt(request, 'ip') ?? textAt(customer, 'ip'), email: textAt(request, 'email'), ...pick(CUSTOMER_MEMBERS), birth_date }),
    billing_address: present({ ...pick(ADDRESS_MEMBERS), birth_date }),
  }
}

/** The payer as providers are told about them. */
export function payerOf(stored: StoredPayment): { ip?: string; email?: string; name?: string; language: string; user_agent?: string } {
  const name = [textAt(stored.billing_address, 'first_name'), textAt(stored.billing_address, 'last_name')].filter((part) => part !== undefined).join(' ')
  const user_agent = at(stored.additional_data, 'browser.user_agent')
  return {
    language: stored.language,
    ...present({ ip: textAt(stored.customer, 'ip'), email: textAt(stored.customer, 'email'), name: name === '' ? undefined : name, user_agent: typeof user_agent === 'string' ? user_agent : undefined }),
  }
}
