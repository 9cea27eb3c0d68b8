/**
 * A product is never sold more often than its `quantity` says (beGateway reference 17): a payment takes a place before money is asked
 * for, and the database gives no more of them away. A place comes free when its payment has ended unpaid. One whose payer's request died
 * before it asked the provider is taken back after a minute, by ending that payment: under its version, so it cannot start any more.
 */
import { after } from '../../../core/clock.ts'
import { isUniqueViolation, type Queryable } from '../../../db/db.ts'
import { openAttempt, type Payment } from '../../../payments/model.ts'
import type { BegatewayDeps } from '../deps.ts'
import { storedPayment } from '../stored.ts'
import { flagAt, integerAt, textAt, type Body } from '../validation/body.ts'

/** From the place to the provider it takes milliseconds, and some seconds where the shop is asked first. */
const HELD_MS = 60_000

/** How many may be sold; undefined for a product without end. */
export function limitOf(product: Body): bigint | undefined {
  return flagAt(product, 'infinite') === true ? undefined : integerAt(product, 'quantity')
}

/** Takes a place for a payment that is about to be paid; false when the product is sold out. Without a product there is no end of places. */
export async function takePlace(deps: BegatewayDeps, payment: Payment): Promise<boolean> {
  const product_id = productOf(payment)
  if (product_id === undefined || (await renew(deps, payment))) return true
  if (await take(deps, payment, product_id)) return true
  await freePlaces(deps, payment.merchant_id, product_id)
  return take(deps, payment, product_id)
}

/** Whether there is nothing left for this payment, which may have a place already. */
export async function isSoldOutFor(deps: BegatewayDeps, payment: Payment): Promise<boolean> {
  const product_id = productOf(payment)
  if (product_id === undefined) return false
  const rows = await deps.db.query('SELECT 1 FROM begateway_places WHERE merchant_id = $1 AND payment_id = $2', [payment.merchant_id, payment.id])
  return rows.length === 0 && isSoldOut(deps, payment.merchant_id, product_id)
}

/** Whether all places of a product are taken, by what is paid or being paid. */
export async function isSoldOut(deps: BegatewayDeps, merchant_id: string, product_id: string): Promise<boolean> {
  if (!(await isFull(deps.db, merchant_id, product_id))) return false
  await freePlaces(deps, merchant_id, product_id)
  return isFull(deps.db, merchant_id, product_id)
}

const productOf = (payment: Payment): string | undefined => textAt(storedPayment(payment).checkout ?? {}, 'product_id')

async function isFull(db: Queryable, merchant_id: string, id: string): Promise<boolean> {
  const [row] = await db.query<{ product: Body; places: bigint }>('SELECT product, places FROM begateway_products WHERE merchant_id = $1 AND id = $2', [merchant_id, id])
  const limit = row === undefined ? 0n : limitOf(row.product)
  return limit !== undefined && (row?.places ?? 0n) >= limit
}

/** Holds the place that the payment has, if it has one. */
async function renew({ db, clock }: BegatewayDeps, { merchant_id, id }: Payment): Promise<boolean> {
  const rows = await db.query('UPDATE begateway_places SET held_until = $3 WHERE merchant_id = $1 AND payment_id = $2 AND held_until IS NOT NULL RETURNING 1', [merchant_id, id, after(clock.now(), HELD_MS)])
  return rows.length === 1
}

/** Counts and takes in one statement: of two that want the last place, the second sees the first one's count. */
async function take({ db, clock }: BegatewayDeps, { merchant_id, id }: Payment, product_id: string): Promise<boolean> {
  const [row] = await db.query<{ product: Body }>('SELECT product FROM begateway_products WHERE merchant_id = $1 AND id = $2', [merchant_id, product_id])
  if (row === undefined) return false
  try {
    const rows = await db.query(
      `WITH counted AS (UPDATE begateway_products SET places = places + 1 WHERE merchant_id = $1 AND id = $2 AND ($3::bigint IS NULL OR places < $3) RETURNING merchant_id, id)
       INSERT INTO begateway_places (merchant_id, payment_id, product_id, held_until) SELECT merchant_id, $4, id, $5 FROM counted RETURNING 1`,
      [merchant_id, product_id, limitOf(row.product) ?? null, id, after(clock.now(), HELD_MS)],
    )
    return rows.length === 1
  } catch (error) {
    // Another submit of the same payment has just taken it; the count is rolled back with the row.
    if (isUniqueViolation(error, 'begateway_places_pkey')) return true
    throw error
  }
}

/** Gives back what will not be sold, and marks what is. */
async function freePlaces(deps: BegatewayDeps, merchant_id: string, product_id: string): Promise<void> {
  await endStalled(deps, merchant_id, product_id)
  await deps.db.transaction(async (tx) => {
    // Before the places: two that free at once would else wait for each other.
    await tx.query('SELECT 1 FROM begateway_products WHERE merchant_id = $1 AND id = $2 FOR UPDATE', [merchant_id, product_id])
    const held = `b.product_id = $2 AND b.merchant_id = $1 AND b.held_until IS NOT NULL AND p.merchant_id = b.merchant_id AND p.id = b.payment_id`
    await tx.query(`UPDATE begateway_places b SET held_until = NULL FROM payments p WHERE ${held} AND p.state = 'succeeded'`, [merchant_id, product_id])
    const freed = await tx.query(`DELETE FROM begateway_places b USING payments p WHERE ${held} AND p.state IN ('failed', 'rejected', 'canceled', 'expired') RETURNING 1`, [merchant_id, product_id])
    if (freed.length > 0) await tx.query('UPDATE begateway_products SET places = places - $3 WHERE merchant_id = $1 AND id = $2', [merchant_id, product_id, BigInt(freed.length)])
  })
}

/** Ends payments that have a place and have not gone to the provider in time. */
async function endStalled({ db, clock, payments }: BegatewayDeps, merchant_id: string, product_id: string): Promise<void> {
  const stalled = await db.query<{ id: string }>(
    `SELECT p.id FROM begateway_places b JOIN payments p ON p.merchant_id = b.merchant_id AND p.id = b.payment_id
     WHERE b.product_id = $2 AND b.merchant_id = $1 AND b.held_until <= $3 AND p.state IN ('created', 'pending')`,
    [merchant_id, product_id, clock.now()],
  )
  for (const { id } of stalled) {
    const view = await payments.find(merchant_id, id)
    if (view !== undefined && openAttempt(view) === undefined) await payments.end(merchant_id, id, { state: 'expired', reason: 'expired' })
  }
}
