/** `/v1/whoami`, `/v1/api_keys`, `/v1/institutions` ("Fintoc reference: Authentication", "Institutions"; shapes of the first two are a choice). */
import type { Call, CallAnswer, Route } from '../call.ts'
import { SECRET_KEY } from '../caller.ts'
import { API } from '../deps.ts'
import type { FintocDeps } from '../deps.ts'
import { answer, refusal } from '../errors.ts'
import { invalid, read } from '../fields.ts'
import { institutionObject, listInstitutions } from '../banks/institutions.ts'

export function accountRoutes(deps: FintocDeps): readonly Route[] {
  return [
    ['GET', '/v1/whoami', async ({ caller }) => answer(200, { id: caller.merchant.id, object: 'organization', name: caller.merchant.name, mode: caller.mode, api_version: caller.version })],
    ['GET', '/v1/api_keys', (call) => keys(deps, call)],
    ['GET', '/v1/institutions', (call) => institutions(call)],
  ]
}

/** Keys of the caller's mode. A secret is shown by its last four characters; the public one is no secret. */
async function keys(deps: FintocDeps, { caller }: Call): Promise<CallAnswer> {
  const credentials = await deps.merchants.credentials(caller.merchant.id, API)
  return answer(
    200,
    credentials.filter(({ mode }) => mode === caller.mode).map(({ id, kind, lookup, public: facts, created_at }) => {
      const isSecret = kind === SECRET_KEY
      const last4 = typeof facts['last4'] === 'string' ? facts['last4'] : '****'
      return { id, object: 'api_key', type: isSecret ? 'secret' : 'public', mode: caller.mode, key: isSecret ? `sk_${caller.mode}_…${last4}` : lookup, created_at: created_at.toISOString() }
    }),
  )
}

async function institutions({ query }: Call): Promise<CallAnswer> {
  const country = read(() => {
    const wanted = query['country']
    if (wanted === undefined || wanted === '') return undefined
    return wanted === 'cl' || wanted === 'mx' ? wanted : invalid('invalid_enum', 'country must be cl or mx', 'country')
  })
  if (!country.ok) return refusal(country.error)
  return answer(200, listInstitutions(country.value).map(institutionObject))
}
