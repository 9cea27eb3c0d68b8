/** The recipient and sender accounts of a request ("Fintoc reference: Account sub-object"). */
import { findBank } from '../../../core/banks.ts'
import type { Country } from '../../../core/banks.ts'
import { isClabe, isRfc, plainHolderId, withoutMarks } from './checks.ts'
import { invalid, object, oneOf, optionalObject, present, required, text } from '../fields.ts'
import type { Fields } from '../fields.ts'
import { ACCOUNT_TYPES, COUNTRY_OF } from './institutions.ts'
import type { Currency } from './institutions.ts'
import { isRut } from './rut.ts'

/** As it is echoed. */
export interface AccountObject {
  readonly holder_id: string
  readonly number: string
  readonly type: string
  readonly institution_id: string
}

export interface SenderHint {
  readonly holder_id: string | null
  readonly institution_id: string | null
}

/** The recipient, complete. It must be an account of the currency's country. */
export function recipientAccount(fields: Fields, currency: Currency, name = 'recipient_account', prefix = ''): AccountObject {
  const path = prefix === '' ? name : `${prefix}.${name}`
  const account = object(fields, name, prefix)
  const country = COUNTRY_OF[currency]
  const holder_id = holderId(account, country, path)
  const number = accountNumber(account, country, path)
  const type = oneOf(account, 'type', ACCOUNT_TYPES, 'invalid_account_type', path)
  const institution_id = institutionId(account, country, path)
  const bank = findBank(institution_id)
  // A CLABE names its bank. Only banks whose code we know can contradict it; STP holds accounts for many others.
  if (country === 'mx' && bank?.clabe_code !== undefined && bank.pays && !number.startsWith(bank.clabe_code)) {
    invalid('invalid_clabe', `${path}.number is not a CLABE of ${institution_id}`, `${path}.number`)
  }
  return { holder_id, number, type, institution_id }
}

/**
 * A hint who will pay, each part optional. The check character of the sender is not verified: a public sample carries one that is wrong.
 */
export function senderAccount(fields: Fields, name = 'sender_account'): SenderHint | null {
  const account = optionalObject(fields, name)
  if (account === null) return null
  return {
    holder_id: present(account, 'holder_id')
      ? plainHolderId(text(account, 'holder_id', { code: 'invalid_holder_id', prefix: name, length_max: 20, check: (value) => /^\d{6,9}[\dK]$/.test(plainHolderId(value)) }))
      : null,
    institution_id: present(account, 'institution_id') ? institutionId(account, 'cl', name) : null,
  }
}

/** RUT with its check character, or RFC. Echoed as it was sent, without dots and hyphens. */
export function holderId(account: Fields, country: Country, prefix: string): string {
  const value = text(account, 'holder_id', {
    code: 'invalid_holder_id',
    prefix,
    length_max: 20,
    check: (given) => (country === 'cl' ? isRut(plainHolderId(given)) : isRfc(plainHolderId(given))),
    hint: `${prefix}.holder_id is not a valid ${country === 'cl' ? 'RUT' : 'RFC'}`,
  })
  return withoutMarks(value)
}

/** Chilean numbers are digits, up to 20; Mexican ones a CLABE. A JSON number is refused: it would have lost leading zeros. */
function accountNumber(account: Fields, country: Country, prefix: string): string {
  const param = `${prefix}.number`
  const value = required(account, 'number', prefix)
  if (typeof value !== 'string' || !/^\d{1,20}$/.test(value)) return invalid('invalid_account_number', `${param} must be digits, as a string`, param)
  if (country === 'mx' && !isClabe(value)) return invalid('invalid_clabe', `${param} is not a valid CLABE`, param)
  return value
}

/** Unknown ids are refused (choice): money sent to a bank that nobody knows cannot arrive. */
export function institutionId(account: Fields, country: Country, prefix: string): string {
  const param = `${prefix}.institution_id`
  const value = required(account, 'institution_id', prefix)
  const found = typeof value === 'string' ? findBank(value) : undefined
  return found !== undefined && found.country === country ? found.id : invalid('invalid_institution_id', `${param} is not an institution of ${country.toUpperCase()}`, param)
}
