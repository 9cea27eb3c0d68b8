import type { Clock } from '../core/clock.ts'
import type { Queryable } from '../db/db.ts'
import { lookUp, type Lookup } from '../db/lookup.ts'

/** The payer, as the merchant names them. */
export interface Customer {
  readonly merchant_id: string
  readonly id: string
  readonly reference: string | null
  /** What the merchant told of them, in the words of the API: name, email, address, … */
  readonly profile: Readonly<Record<string, unknown>>
  readonly created_at: Date
  readonly updated_at: Date
}

/**
 * The customer of a merchant's reference: found or made, its profile updated with what is new. Two requests at once make
 * one customer. When nothing changes nothing is written, so that a returning payer costs one read.
 */
export async function upsertCustomer(db: Queryable, clock: Clock, input: { merchant_id: string; id: string; reference: string | null; profile: Readonly<Record<string, unknown>> }): Promise<Customer> {
  if (input.reference !== null) {
    const found = await findCustomerByReference(db, input.merchant_id, input.reference)
    if (found !== undefined && saysNothingNew(found.profile, input.profile)) return found
  }
  const [row] = await db.query<Customer>(
    `INSERT INTO customers AS c (merchant_id, id, reference, profile, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)
     ON CONFLICT (merchant_id, reference) DO UPDATE SET profile = c.profile || excluded.profile, updated_at = excluded.updated_at RETURNING *`,
    [input.merchant_id, input.id, input.reference, JSON.stringify(input.profile), clock.now()],
  )
  if (row === undefined) throw new Error('a customer was neither made nor found')
  return row
}

/** Whether everything that is said of a customer is known. */
export function saysNothingNew(known: Readonly<Record<string, unknown>>, said: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(said).every(([key, value]) => JSON.stringify(known[key]) === JSON.stringify(value))
}

export async function findCustomer(db: Queryable, merchant_id: string, id: string): Promise<Customer | undefined> {
  const [row] = await db.query<Customer>('SELECT * FROM customers WHERE merchant_id = $1 AND id = $2', [merchant_id, id], { name: 'customer_find' })
  return row
}

export function findCustomerByReference(db: Queryable, merchant_id: string, reference: string): Promise<Customer | undefined> {
  return lookUp<Customer>(db, BY_REFERENCE, [merchant_id, reference])
}

const BY_REFERENCE: Lookup = { name: 'customer_by_reference', table: 'customers', key: ['merchant_id', 'reference'] }

/** Adds to a customer's profile, or replaces parts of it. Undefined when there is none. */
export async function updateCustomer(db: Queryable, now: Date, input: { merchant_id: string; id: string; profile: Readonly<Record<string, unknown>> }): Promise<Customer | undefined> {
  const [row] = await db.query<Customer>('UPDATE customers SET profile = profile || $3::jsonb, updated_at = $4 WHERE merchant_id = $1 AND id = $2 RETURNING *', [
    input.merchant_id, input.id, JSON.stringify(input.profile), now,
  ])
  return row
}

/** A page of a merchant's customers, newest first. */
export function listCustomers(db: Queryable, merchant_id: string, limit: number, offset: number): Promise<Customer[]> {
  return db.query<Customer>('SELECT * FROM customers WHERE merchant_id = $1 ORDER BY created_at DESC, id LIMIT $2 OFFSET $3', [merchant_id, limit, offset])
}
