/**
 * Banks as data ("Fintoc reference: Institutions"). The ids are the reference's own; the names are how people in the country say them.
 * `bank_code` is the three-digit code of the Mexican interbank registry that a CLABE starts with, where an account must belong to the bank.
 */
import type { Mode } from '../../providers/contract.ts'

export type Country = 'cl' | 'mx'

export interface Institution {
  readonly id: string
  readonly country: Country
  readonly name: string
  /** Whether payers sign in there. All of them can receive. */
  readonly pays: boolean
  readonly bank_code?: string
}

const cl = (id: string, name: string, pays = true): Institution => ({ id: `cl_${id}`, country: 'cl', name, pays })
const mx = (id: string, name: string, bank_code: string, pays = true): Institution => ({ id: `mx_${id}`, country: 'mx', name, pays, bank_code })

/** Banks that merged into others, and prepaid accounts, receive but are not offered to payers. */
export const INSTITUTIONS: readonly Institution[] = [
  cl('banco_estado', 'Banco Estado'),
  cl('banco_de_chile', 'Banco de Chile'),
  cl('banco_santander', 'Banco Santander'),
  cl('banco_bci', 'Banco BCI'),
  cl('banco_scotiabank', 'Scotiabank'),
  cl('banco_itau', 'Banco Itaú'),
  cl('banco_falabella', 'Banco Falabella'),
  cl('banco_bice', 'Banco BICE'),
  cl('banco_security', 'Banco Security'),
  cl('banco_consorcio', 'Banco Consorcio'),
  cl('banco_ripley', 'Banco Ripley'),
  cl('banco_internacional', 'Banco Internacional'),
  cl('banco_coopeuch', 'Coopeuch'),
  cl('banco_bbva', 'BBVA Chile', false),
  cl('banco_hsbc', 'HSBC Chile', false),
  cl('mercado_pago', 'Mercado Pago', false),
  cl('mach', 'MACH', false),
  cl('tenpo', 'Tenpo', false),
  cl('tapp_caja_los_andes', 'Tapp Caja Los Andes', false),
  cl('copec_pay', 'Copec Pay', false),
  cl('prepago_los_heroes', 'Prepago Los Héroes', false),
  mx('banco_banamex', 'Banamex', '002'),
  mx('banco_bbva', 'BBVA México', '012'),
  mx('banco_santander', 'Santander México', '014'),
  mx('banco_hsbc', 'HSBC México', '021'),
  mx('banco_banorte', 'Banorte', '072'),
  mx('banco_scotiabank', 'Scotiabank México', '044'),
  mx('banco_inbursa', 'Inbursa', '036'),
  mx('banco_azteca', 'Banco Azteca', '127'),
  mx('banco_bajio', 'BanBajío', '030'),
  mx('stp', 'STP', '646', false),
]

const BY_ID: ReadonlyMap<string, Institution> = new Map(INSTITUTIONS.map((institution) => [institution.id, institution]))

export function findInstitution(id: string): Institution | undefined {
  return BY_ID.get(id)
}

/** The country whose banks settle the currency. */
export const COUNTRY_OF: Readonly<Record<Currency, Country>> = { CLP: 'cl', MXN: 'mx' }

/** Currencies of this API ("Fintoc reference: Payment Intent, currency"). */
export const CURRENCIES = ['CLP', 'MXN'] as const
export type Currency = (typeof CURRENCIES)[number]

export function isCurrency(text: string): text is Currency {
  return CURRENCIES.some((currency) => currency === text)
}

/** Account types of recipients. `savings_account` is a choice: the reference does not know it, Chilean and Mexican banks do. */
export const ACCOUNT_TYPES = ['checking_account', 'sight_account', 'savings_account'] as const

/**
 * Bounds that banks set to one transfer, in minor units. The reference names the checks (check_eligibility) but no numbers;
 * these are the usual ones of the countries: a transfer to a new contact in Chile is capped in its first day.
 */
export const TRANSFER_LIMITS: Readonly<Record<Currency, { readonly min: bigint; readonly max: bigint; readonly new_contact_max: bigint }>> = {
  CLP: { min: 1n, max: 7_000_000n, new_contact_max: 250_000n },
  MXN: { min: 1n, max: 50_000_000n, new_contact_max: 1_500_000n },
}

/** The wire object. `object_name`, not `object`: that is how the reference has it. */
export function institutionObject(institution: Institution): Record<string, unknown> {
  const holders = ['individual', 'business']
  const payouts = holders.map((holder_type) => ({ name: 'payouts', holder_type }))
  const payments = institution.pays ? holders.map((holder_type) => ({ name: 'payments', holder_type })) : []
  return { id: institution.id, country: institution.country, name: institution.name, object_name: 'institution', type: 'bank', products: [...payments, ...payouts] }
}

/** Both modes offer the same banks: in test mode every one of them is simulated. */
export function listInstitutions(filter: { readonly country?: string | undefined; readonly mode: Mode }): readonly Institution[] {
  return INSTITUTIONS.filter((institution) => filter.country === undefined || institution.country === filter.country)
}
