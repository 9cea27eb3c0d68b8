import type { ApiDeps } from '../common/deps.ts'

/** What this API gets: what all get. */
export type FintocDeps = ApiDeps

/** The name of this API: of its folder, its rows and its routes. */
export const API = 'fintoc'
