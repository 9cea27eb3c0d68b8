/**
 * The banks of Chile and Mexico that transfers go from and to, as data: the one list that the APIs show and the sandbox's banks are made
 * of. The ids are those that Fintoc published, because shops send them; the names are how people in the country say them.
 */
import { money, type Money } from './money.ts'

export type Country = 'cl' | 'mx'

export interface Bank {
  readonly id: string
  readonly country: Country
  readonly name: string
  /** Whether payers sign in there. All of them can receive. */
  readonly pays: boolean
  /** The largest single transfer, in minor units of the country's currency. */
  readonly maximum: bigint
  /** Mexico: the three digits of the interbank registry that a CLABE of the bank starts with. */
  readonly clabe_code?: string
}

/** The currency that a country's banks transfer. */
export const CURRENCY_OF: Readonly<Record<Country, string>> = { cl: 'CLP', mx: 'MXN' }

/** The smallest single transfer: one peso in Chile, one centavo in Mexico. */
const MINIMUM = 1n

const cl = (id: string, name: string, maximum = 7_000_000n): Bank => ({ id: `cl_${id}`, country: 'cl', name, pays: true, maximum })
/** Banks that merged into others, and prepaid accounts: they receive, but are not offered to payers. */
const onlyReceives = (bank: Bank): Bank => ({ ...bank, pays: false })
const mx = (id: string, name: string, clabe_code: string): Bank => ({ id: `mx_${id}`, country: 'mx', name, pays: true, maximum: 50_000_000n, clabe_code })

/** In the order in which payers look for them. No bank publishes its limits for good: these are of the usual size, up to seven million pesos at a bank and less from a prepaid account. */
export const BANKS: readonly Bank[] = [
  cl('banco_estado', 'Banco Estado', 5_000_000n),
  cl('banco_de_chile', 'Banco de Chile'),
  cl('banco_santander', 'Banco Santander'),
  cl('banco_bci', 'Banco BCI'),
  cl('banco_scotiabank', 'Scotiabank'),
  cl('banco_itau', 'Banco Itaú'),
  cl('banco_falabella', 'Banco Falabella', 5_000_000n),
  cl('banco_bice', 'Banco BICE'),
  cl('banco_security', 'Banco Security'),
  cl('banco_consorcio', 'Banco Consorcio'),
  cl('banco_ripley', 'Banco Ripley', 5_000_000n),
  cl('banco_internacional', 'Banco Internacional'),
  cl('banco_coopeuch', 'Coopeuch', 5_000_000n),
  onlyReceives(cl('banco_bbva', 'BBVA Chile')),
  onlyReceives(cl('banco_hsbc', 'HSBC Chile')),
  onlyReceives(cl('mercado_pago', 'Mercado Pago', 2_000_000n)),
  onlyReceives(cl('mach', 'MACH', 2_000_000n)),
  onlyReceives(cl('tenpo', 'Tenpo', 2_000_000n)),
  onlyReceives(cl('tapp_caja_los_andes', 'Tapp Caja Los Andes', 2_000_000n)),
  onlyReceives(cl('copec_pay', 'Copec Pay', 2_000_000n)),
  onlyReceives(cl('prepago_los_heroes', 'Prepago Los Héroes', 2_000_000n)),
  mx('banco_banamex', 'Banamex', '002'),
  mx('banco_bbva', 'BBVA México', '012'),
  mx('banco_santander', 'Santander México', '014'),
  mx('banco_hsbc', 'HSBC México', '021'),
  mx('banco_banorte', 'Banorte', '072'),
  mx('banco_scotiabank', 'Scotiabank México', '044'),
  mx('banco_inbursa', 'Inbursa', '036'),
  mx('banco_azteca', 'Banco Azteca', '127'),
  mx('banco_bajio', 'BanBajío', '030'),
  onlyReceives(mx('stp', 'STP', '646')),
]

const BY_ID: ReadonlyMap<string, Bank> = new Map(BANKS.map((bank) => [bank.id, bank]))

/** The bank of an id; undefined for one that nobody knows. */
export function findBank(id: string): Bank | undefined {
  return BY_ID.get(id)
}

/** What a bank lets through in one transfer, both ends included. */
export function limitsOf({ country, maximum }: Bank): { readonly minimum: Money; readonly maximum: Money } {
  const currency = CURRENCY_OF[country]
  return { minimum: money(MINIMUM, currency), maximum: money(maximum, currency) }
}

const CLABE_WEIGHTS = [3, 7, 1]

/** The check digit that belongs to the first 17 digits of a CLABE: weights 3, 7, 1 over products modulo 10. */
export function clabeCheck(digits: string): number {
  const sum = Array.from(digits).reduce((total, digit, index) => total + ((Number(digit) * (CLABE_WEIGHTS[index % 3] ?? 0)) % 10), 0)
  return (10 - (sum % 10)) % 10
}
