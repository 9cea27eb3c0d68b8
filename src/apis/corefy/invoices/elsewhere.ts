/**
 * Invoices of services that are no cards: a bank, a wallet, a code from an app. Our page asks for nothing: it leads to the provider's
 * own, or, where the service's fields say all there is to say, to the outcome. There is one try, since the payer has left when it fails.
 */
import { orderedHandle } from '../../../core/ids.ts'
import { money, toDecimalNumber } from '../../../core/money.ts'
import type { Payments } from '../../../payments/commands.ts'
import type { Payment, PaymentView } from '../../../payments/model.ts'
import type { ApiDeps } from '../../common/deps.ts'
import type { Account } from '../accounts.ts'
import { storedRequest } from '../translate.ts'
import { payeeOf, payerOf, returnAddress, type ChargeContext } from './charge.ts'

/** Whether an invoice is paid anywhere but on our card page. */
export const isElsewhere = (payment: Payment): boolean => storedRequest(payment).provider_code !== undefined

/** Begins the one try. */
export function startElsewhere(deps: ApiDeps, account: Account, { payment }: PaymentView, context: ChargeContext): ReturnType<Payments['pay']> {
  const { provider_code: code = '', service_fields: fields, customer } = storedRequest(payment)
  return deps.payments.pay(payment.merchant_id, payment.id, {
    instrument: { type: 'apm', code, token: undefined, fields },
    initiator: 'payer', authentication: 'off', final: true,
    return_url: returnAddress(deps, context),
    merchant_name: payeeOf(account, payment),
    payer: payerOf(customer, context),
    hints: payment.mode === 'test' ? hintsOf(payment, code) : {},
    attempt_id: orderedHandle(deps.ids, deps.clock.now(), 'pay_', account.merchant.number, 24),
  })
}

const TRANSFER_RESULTS: ReadonlyMap<number, string> = new Map([[99_997, '00'], [99_999, '05']])

/** Bank transfers in Chile and Peru are tried out by amount (Corefy reference: test data). */
function hintsOf({ amount, currency }: Payment, code: string): Readonly<Record<string, string>> {
  const result = code === 'bank_transfer' && (currency === 'CLP' || currency === 'PEN') ? TRANSFER_RESULTS.get(toDecimalNumber(money(amount, currency))) : undefined
  return result === undefined ? {} : { expected_bank_code: result }
}
