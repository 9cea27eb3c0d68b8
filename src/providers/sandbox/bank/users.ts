/**
 * The people who have accounts at the sandbox's banks, at every one of them alike. All data that a test can choose is here:
 * user names, accounts, second factors and what becomes of a transfer.
 *
 * Chilean users are known by their RUT, typed with or without dots and hyphen; Mexican ones by their phone number. The password
 * of all of them is `jonsnow` (of the phone number 5555555555 any). An amount whose last two digits (of its minor units) are 03
 * is rejected at the second factor, whoever pays.
 */
import { clabeCheck, type Country } from '../../../core/banks.ts'
import type { Reason } from '../../../core/reasons.ts'

/** How the bank makes sure of the payer. `app`: it approves by itself after a while. `none`: it does not ask. */
export type Factor = 'device' | 'app' | 'sms' | 'coordinates' | 'none'

/**
 * What becomes of a transfer after the second factor: `pending` is known a little later, `slow` minutes later, `slow_failure` too
 * but then it has failed, `silent` only after eleven days, when nobody waits any more, `unknown` is done but the answer gets lost, `never` is an app that nobody looks at; a reason declines.
 */
export type Ending = 'approved' | 'pending' | 'slow' | 'slow_failure' | 'silent' | 'unknown' | 'never' | Reason

export interface BankAccount {
  readonly number: string
  readonly type: 'checking_account' | 'sight_account'
  readonly factor: Factor
  readonly ending: Ending
  /** Declined before the second factor is asked for. */
  readonly refused?: Reason
  /** Minor units. */
  readonly balance: bigint
}

export interface BankUser {
  /** RUT without dots and hyphen, or phone number. */
  readonly id: string
  readonly country: Country
  readonly name: string
  /** Undefined: any. */
  readonly password: string | undefined
  /** Signing in fails for this reason, with the right password. */
  readonly refused?: Reason
  readonly accounts: readonly BankAccount[]
}

/** The codes of the second factors. A coordinate card asks for three positions; each of them is 00. */
export const CODES: Readonly<Record<'device' | 'sms' | 'coordinates', string>> = { device: '000000', sms: '0000', coordinates: '000000' }
export const COORDINATES: readonly string[] = ['A1', 'C3', 'E5']
const PASSWORD = 'jonsnow'
/** Ten million pesos, a million Mexican pesos: more than any bank lets through at once. */
const BALANCE: Readonly<Record<Country, bigint>> = { cl: 10_000_000n, mx: 100_000_000n }

const account = (country: Country, number: string, factor: Factor, more: Partial<BankAccount> = {}): BankAccount => ({
  number, factor, type: 'checking_account', ending: 'approved', balance: BALANCE[country], ...more,
})

/** The accounts of every ordinary Chilean user. */
const CHILEAN_ACCOUNTS: readonly BankAccount[] = [
  account('cl', '813990168', 'device'),
  account('cl', '422159212', 'app'),
  account('cl', '5233137377', 'app', { type: 'sight_account' }),
  account('cl', '170086177', 'sms'),
  account('cl', '746326042', 'coordinates'),
  account('cl', '4420245701', 'coordinates', { type: 'sight_account' }),
  account('cl', '512347890123', 'none', { ending: 'pending' }),
]

const chilean = (id: string, name: string): BankUser => ({ id, country: 'cl', name, password: PASSWORD, accounts: CHILEAN_ACCOUNTS })

interface Magic {
  /** The RUT without its check character; a Mexican's phone number is this with 55 in front. */
  readonly body: string
  readonly check: string
  readonly refused?: Reason
  readonly account?: Partial<BankAccount>
}

/** One user for each way in which a bank can disappoint. Their one account asks for a code by SMS unless the row says otherwise. */
export const MAGIC_USERS: readonly Magic[] = [
  { body: '10000001', check: '6', refused: 'credentials_locked' },
  { body: '10000002', check: '4', refused: 'provider_unavailable' },
  { body: '10000003', check: '2', refused: 'provider_error' },
  { body: '10000004', check: '0', account: { balance: 10n } },
  { body: '10000005', check: '9', account: { refused: 'account_locked' } },
  { body: '10000006', check: '7', account: { ending: 'slow' } },
  { body: '10000007', check: '5', account: { ending: 'slow_failure' } },
  { body: '10000008', check: '3', account: { ending: 'unknown' } },
  { body: '10000009', check: '1', account: { ending: 'invalid_authentication_code' } },
  { body: '10000010', check: '5', account: { ending: 'authentication_locked' } },
  { body: '10000011', check: '3', account: { refused: 'authentication_unavailable' } },
  { body: '10000012', check: '1', account: { factor: 'app', ending: 'never' } },
  { body: '10000013', check: 'K', account: { refused: 'new_recipient_amount_limit' } },
  { body: '10000014', check: '8', account: { refused: 'new_recipient_count_limit' } },
  { body: '10000015', check: '6', account: { refused: 'recipient_not_allowed' } },
  { body: '10000016', check: '4', account: { refused: 'limit_exceeded' } },
  { body: '10000017', check: '2', account: { ending: 'silent' } },
]

function magic(country: Country, { body, check, refused, account: change }: Magic): BankUser {
  const number = country === 'cl' ? `9${body}` : clabe(body)
  const id = country === 'cl' ? body + check : `55${body}`
  return { id, country, name: `Magic User ${Number(body) - 10_000_000}`, password: PASSWORD, refused, accounts: [account(country, number, 'sms', change)] }
}

const USERS: readonly BankUser[] = [
  chilean('416148503', 'Arya Contreras'),
  chilean('404276727', 'Brandon Muñoz'),
  chilean('415792638', 'Catalina Soto'),
  { id: '5555555555', country: 'mx', name: 'Daniela Reyes', password: undefined, accounts: [account('mx', clabe('1'), 'app')] },
  ...MAGIC_USERS.flatMap((row) => [magic('cl', row), magic('mx', row)]),
]

const BY_ID: ReadonlyMap<string, BankUser> = new Map(USERS.map((user) => [user.id, user]))

/** The user by what they type: dots, hyphens, spaces and a Mexican country code do not matter. */
export function findUser(username: string): BankUser | undefined {
  const plain = username.replace(/[\s.()-]/g, '').toUpperCase().replace(/^\+?52(?=\d{10}$)/, '')
  return BY_ID.get(plain)
}

/** A Mexican account number: bank 646, place 180, the account, and the check digit that the interbank rules ask for. */
function clabe(account_number: string): string {
  const digits = `646180${account_number.padStart(11, '0')}`
  return `${digits}${clabeCheck(digits)}`
}
