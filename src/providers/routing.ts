import type { Method, Mode, OperationKind, Provider } from './contract.ts'

export interface RouteQuestion {
  readonly merchant_id: string
  readonly kind: OperationKind
  readonly method: Method
  readonly currency: string
  readonly mode: Mode
  readonly code?: string | undefined
}

/** Which providers may do an operation, best first. */
export interface Routing {
  routes(question: RouteQuestion): readonly Provider[]
  /** The provider of an attempt, by its name. */
  provider(name: string): Provider | undefined
}

/** What a merchant's own order of providers is, by name; undefined for the platform's order. */
export type MerchantRoutes = (merchant_id: string, mode: Mode) => readonly string[] | undefined

/**
 * Routing over a list of providers in the platform's order. `test` names those that test-mode payments go to, and only
 * they: play money and real money never share a provider.
 */
export function createRouting(providers: readonly Provider[], test: ReadonlySet<string>, merchantRoutes: MerchantRoutes = () => undefined): Routing {
  const byName = new Map(providers.map((provider) => [provider.name, provider]))
  return {
    provider: (name) => byName.get(name),
    routes: (question) => {
      const wanted = merchantRoutes(question.merchant_id, question.mode)
      const ordered = wanted === undefined ? providers : wanted.flatMap((name) => byName.get(name) ?? [])
      return ordered.filter((provider) => test.has(provider.name) === (question.mode === 'test') && provider.supports(question))
    },
  }
}
