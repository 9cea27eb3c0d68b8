import type { BankDirectory } from '../../providers/contract.ts'
import type { ApiDeps } from '../shared/deps.ts'

/** What this API gets beside what all get. */
export interface FintocDeps extends ApiDeps {
  /** Where payers sign in to their bank. */
  readonly banks: BankDirectory
  /** Tells the delivery worker that there is something to deliver. */
  readonly deliveriesWaiting: () => void
}

/** The name of this API: of its folder, its rows and its routes. */
export const API = 'fintoc'
