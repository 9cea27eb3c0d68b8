/** What the payer sees of a payment: the domain as one step of the widget. Pure. */
import { findBank } from '../../../core/banks.ts'
import type { Country } from '../../../core/banks.ts'
import { money } from '../../../core/money.ts'
import type { Reason } from '../../../core/reasons.ts'
import { formatAmount } from '../../../pages/amount.ts'
import { openAttempt } from '../../../payments/model.ts'
import type { Payment, PaymentView } from '../../../payments/model.ts'
import type { Action } from '../../../providers/contract.ts'
import type { Merchant } from '../../../merchants/store.ts'
import { COUNTRY_OF, isCurrency, listInstitutions } from '../banks/institutions.ts'
import type { BankChoice, Step, Summary } from './protocol.ts'
import { formatRut } from '../banks/rut.ts'
import { PROBLEM_TEXT } from './text.ts'
import type { TextKey } from './text.ts'
import { intentStatus, requestOf } from '../translate.ts'
import type { BankLogin } from './session.ts'

/** Amounts as the country writes them, whatever the language of the widget. */
const LOCALES: Readonly<Record<Country, string>> = { cl: 'es-CL', mx: 'es-MX' }

export const countryOf = ({ currency }: Pick<Payment, 'currency'>): Country => (isCurrency(currency) ? COUNTRY_OF[currency] : 'cl')

export function summaryOf(payment: Payment, merchant: Merchant): Summary {
  const { recipient_account: recipient, business_profile: profile } = requestOf(payment)
  const name = profile?.['name']
  const country = countryOf(payment)
  return {
    amount: formatAmount(money(payment.payable, payment.currency), LOCALES[country]),
    merchant: typeof name === 'string' ? name : merchant.name,
    test: payment.mode === 'test',
    country,
    recipient: { holder: country === 'cl' ? formatRut(recipient.holder_id) : recipient.holder_id.toUpperCase(), bank: bankOf(recipient.institution_id).name, account: `•••• ${recipient.number.slice(-4)}` },
  }
}

export function bankOf(id: string): BankChoice {
  return { id, name: findBank(id)?.name ?? id }
}

export function banksOf(country: Country): readonly BankChoice[] {
  return listInstitutions(country).filter(({ pays }) => pays).map(({ id, name }) => ({ id, name }))
}

/** Where the payment stands. Before the sign-in the banks; after it, in the browser that signed in, its accounts. */
export function stepOf(view: PaymentView, login: BankLogin | undefined): Step {
  const { payment } = view
  const status = intentStatus(view)
  switch (status) {
    case 'succeeded':
      return { step: 'done', reference: payment.result.facts?.provider_ref ?? '' }
    case 'failed':
    case 'rejected':
    case 'expired':
      return { step: 'failed', problem: problemOf(payment.reason), status }
    case 'pending':
      return { step: 'pending' }
    case 'created':
    case 'in_progress':
      return openStep(view, login)
  }
}

function openStep(view: PaymentView, login: BankLogin | undefined): Step {
  const attempt = openAttempt(view)
  if (attempt === undefined) return login === undefined ? { step: 'bank', banks: banksOf(countryOf(view.payment)) } : accountStep(view.payment, login)
  if (attempt.state !== 'action' || attempt.action === null) return { step: 'wait' }
  return actionStep(attempt.action, bankOf(login?.institution ?? ''))
}

/** A bank that sends the payer elsewhere has no place in a widget; its transfer is waited for. */
function actionStep(action: Action, bank: BankChoice): Step {
  switch (action.kind) {
    case 'input':
      return { step: 'code', bank, input: action.input, positions: action.positions ?? [], hint: action.hint ?? '', again: false }
    case 'wait':
      return { step: 'app', bank }
    case 'redirect':
      return { step: 'wait' }
  }
}

function accountStep(payment: Payment, login: BankLogin): Step {
  return {
    step: 'account',
    bank: bankOf(login.institution),
    holder: login.accounts[0]?.holder_name ?? '',
    accounts: login.accounts.map(({ id, number, type, balance }) => ({
      id, type, last4: number.slice(-4), balance: formatAmount(money(BigInt(balance.minor), balance.currency), LOCALES[countryOf(payment)]), enough: BigInt(balance.minor) >= payment.payable,
    })),
  }
}

export function problemOf(reason: Reason | null): TextKey {
  return reason === null ? 'problem_general' : PROBLEM_TEXT[reason]
}
