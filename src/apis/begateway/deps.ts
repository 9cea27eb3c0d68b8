import type { ApiDeps } from '../common/deps.ts'

/** The name under which payments, credentials and events of this API are stored. */
export const API = 'begateway'

/** What this API gets from outside. */
export type BegatewayDeps = ApiDeps
