export type { Claim } from '../db/claims.ts'
