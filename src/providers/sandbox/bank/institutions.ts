/** The banks of the sandbox as data: Chile's and Mexico's, by the ids that Fintoc gives them, with what a bank lets through at once. */
import { money, type Money } from '../../../core/money.ts'

export type Country = 'cl' | 'mx'

export interface Bank {
  readonly id: string
  readonly country: Country
  readonly name: string
  /** The largest single transfer, minor units of the country's currency. */
  readonly maximum: bigint
}

export const CURRENCY_OF: Readonly<Record<Country, string>> = { cl: 'CLP', mx: 'MXN' }
/** The smallest single transfer: one peso in Chile, one centavo in Mexico. */
const MINIMUM = 1n

const cl = (id: string, name: string, maximum = 7_000_000n): Bank => ({ id: `cl_${id}`, country: 'cl', name, maximum })
const mx = (id: string, name: string, maximum = 50_000_000n): Bank => ({ id: `mx_${id}`, country: 'mx', name, maximum })

/** The limits are inventions of the usual size: banks take up to seven million pesos, prepaid accounts less. */
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
  cl('banco_bbva', 'BBVA Chile'),
  cl('banco_hsbc', 'HSBC Chile'),
  cl('mercado_pago', 'Mercado Pago', 2_000_000n),
  cl('mach', 'MACH', 2_000_000n),
  cl('tenpo', 'Tenpo', 2_000_000n),
  cl('tapp_caja_los_andes', 'Tapp Caja Los Andes', 2_000_000n),
  cl('copec_pay', 'Copec Pay', 2_000_000n),
  cl('prepago_los_heroes', 'Prepago Los Héroes', 2_000_000n),
  mx('banco_banamex', 'Banamex'),
  mx('banco_bbva', 'BBVA México'),
  mx('banco_santander', 'Santander México'),
  mx('banco_hsbc', 'HSBC México'),
  mx('banco_banorte', 'Banorte'),
  mx('banco_scotiabank', 'Scotiabank México'),
  mx('banco_inbursa', 'Inbursa'),
  mx('banco_azteca', 'Banco Azteca'),
  mx('banco_bajio', 'BanBajío'),
  mx('stp', 'STP'),
]

const BY_ID: ReadonlyMap<string, Bank> = new Map(BANKS.map((bank) => [bank.id, bank]))

export function findBank(id: string): Bank | undefined {
  return BY_ID.get(id)
}

/** What the bank lets through in one transfer, both ends included; undefined for a bank that is not there. */
export function bankLimits(institution: string): { readonly minimum: Money; readonly maximum: Money } | undefined {
  const bank = findBank(institution)
  if (!bank) return undefined
  const currency = CURRENCY_OF[bank.country]
  return { minimum: money(MINIMUM, currency), maximum: money(bank.maximum, currency) }
}
