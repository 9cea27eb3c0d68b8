/** What is kept of a card request: never the number, never the code. */
import { ownDecimals } from '../amounts.ts'
import { languageOf } from '../payer/languages.ts'
import type { Shop } from '../account/shop.ts'
import { withoutCardNumbers, type StoredPayment, type TransactionType } from '../stored.ts'
import { bodyAt, flagAt, present, textAt, textsAt, type Body } from '../validation/body.ts'
import { normalBirthDate } from '../validation/dates.ts'

export interface CardExtras {
  readonly stamp: string | undefined
  readonly token: string | undefined
}

export function storedCard(shop: Shop, request: Body, type: TransactionType, { stamp, token }: CardExtras): StoredPayment {
  return {
    resource: 'card', type, stamp, token,
    shop_id: shop.id,
    test: flagAt(request, 'test') ?? false,
    ...ownDecimals(textAt(request, 'currency') ?? ''),
    language: languageOf(textAt(request, 'language')),
    tracking_id: textAt(request, 'tracking_id') ?? null,
    notification_url: textAt(request, 'notification_url'),
    verification_url: textAt(request, 'verification_url'),
    return_url: textAt(request, 'return_url'),
    expired_at: textAt(request, 'expired_at'),
    customer: dated(bodyAt(request, 'customer')),
    billing_address: dated(bodyAt(request, 'billing_address')),
    additional_data: withoutCardNumbers(present(bodyAt(request, 'additional_data'))) as Body,
    method_type: 'credit_card',
    method: {},
    gateway_id: shop.settings.gateway_id,
    recurring: textsAt(request, 'additional_data.contract').includes('recurring'),
    billing_descriptor: textAt(request, 'billing_descriptor') ?? shop.settings.billing_descriptor,
  }
}

function dated(section: Body): Body {
  const day = textAt(section, 'birth_date')
  const kept = withoutCardNumbers(present(section)) as Body
  return day === undefined ? kept : { ...kept, birth_date: normalBirthDate(day) ?? day }
}
