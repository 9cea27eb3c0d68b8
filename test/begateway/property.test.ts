/**
 * Random sequences of authorize, pay, capture, void and refund over HTTP, against a model of a few lines: money is conserved, never more is
 * captured than was authorized, never more refunded than captured, and our ledger and the network's own book say what the answers said.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDbBook } from '../../src/providers/sandbox/book-db.ts'
import { card, createHarness, statusOf, uidOf, type Harness } from './harness.ts'

let h: Harness
beforeAll(async () => {
  h = await createHarness({ background: true })
})
afterAll(() => h.close())

/** What the shop must be able to rely on. */
interface Model {
  readonly uid: string
  held: number
  captured: number
  voided: number
  refunded: number
}

type Command = { readonly kind: 'capture' | 'void' | 'refund'; readonly amount: number }

const amount = fc.integer({ min: 1, max: 120 })
/** 0 stands for "what is left". */
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('capture' as const, 'refund' as const, 'void' as const), amount }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('void' as const), amount: fc.constant(0) }) },
)
const history = fc.record({
  kind: fc.constantFrom('payments', 'authorizations'),
  amount: fc.integer({ min: 50, max: 300 }),
  commands: fc.array(command, { maxLength: 12 }),
  /** How many commands are sent at once. */
  width: fc.integer({ min: 1, max: 4 }),
})

/** What a command that passed changes. */
function apply(model: Model, { kind, amount: wanted }: Command): void {
  if (kind === 'refund') model.refunded += wanted
  else if (kind === 'capture') model.captured += wanted
  else model.voided += wanted
  expect(model.captured + model.voided).toBeLessThanOrEqual(model.held)
  expect(model.refunded).toBeLessThanOrEqual(model.captured)
}

/** Alone, a command passes exactly when this says so. */
function allowed(model: Model, { kind, amount: wanted }: Command): boolean {
  const left = model.held - model.captured - model.voided
  if (kind === 'refund') return wanted <= model.captured - model.refunded
  return wanted > 0 && wanted <= left
}

async function send(model: Model, { kind, amount: wanted }: Command): Promise<boolean> {
  const answer = await h.shop.post(`/transactions/${kind}s`, { request: { parent_uid: model.uid, amount: wanted, reason: 'r', duplicate_check: false } })
  const passed = answer.status === 200
  const right = { type: kind, status: 'successful', amount: wanted, parent_uid: model.uid }
  const refusal = expect.stringMatching(/can't be (?:greater than|refunded|captured|voided)|must be greater than 0/) as string
  expect(passed ? answer.get('transaction') : { status: answer.status, text: answer.text }).toMatchObject(passed ? right : { status: 422, text: refusal })
  return passed
}

async function ledger(uid: string): Promise<Record<string, number>> {
  const lines = await h.server.db.query<{ account: string; sum: string }>(
    'SELECT line.account, sum(line.amount)::text AS sum FROM postings p, unnest(p.accounts, p.amounts) AS line(account, amount) WHERE p.payment_id = $1 GROUP BY line.account', [uid])
  return Object.fromEntries(lines.map(({ account, sum }) => [account, Number(sum)]))
}

async function agree(model: Model): Promise<void> {
  const book = await ledger(model.uid)
  const of = (account: string): number => book[account] ?? 0
  expect(of('holds')).toBe(model.held - model.captured - model.voided)
  expect(of('provider:sandbox-cards')).toBe(model.captured - model.refunded)
  expect(of('merchant') + of('fees')).toBe(0 - (model.captured - model.refunded))
  expect(Object.values(book).reduce((sum, value) => sum + value, 0)).toBe(0)
  const [payment] = await h.server.db.query<Record<'authorized' | 'captured' | 'released' | 'refunded' | 'refunding', bigint>>('SELECT authorized, captured, released, refunded, refunding FROM payments WHERE id = $1', [model.uid])
  const [attempt] = await h.server.db.query<{ id: string }>("SELECT id FROM attempts WHERE payment_id = $1 AND kind IN ('sale', 'authorize')", [model.uid])
  const really = await (await createDbBook(h.server.db)).find(attempt!.id)
  expect(really).toMatchObject({ status: 'approved', captured: BigInt(model.captured), refunded: BigInt(model.refunded), released: BigInt(model.voided) })
  expect(payment).toEqual({ authorized: BigInt(model.held), captured: BigInt(model.captured), released: BigInt(model.voided), refunded: BigInt(model.refunded), refunding: 0n })
}

test('random histories: one after the other exactly as the model says, and at once within its bounds', async () => {
  await fc.assert(
    fc.asyncProperty(history, async ({ kind, amount: first, commands, width }) => {
      const begun = await h.shop.post(`/transactions/${kind}`, card({ amount: first, duplicate_check: false }))
      expect(statusOf(begun)).toBe('successful')
      const model: Model = { uid: uidOf(begun), held: first, captured: kind === 'payments' ? first : 0, voided: 0, refunded: 0 }
      for (let i = 0; i < commands.length; i += width) {
        const left = model.held - model.captured - model.voided
        const batch = commands.slice(i, i + width).map((one) => (one.amount === 0 ? { ...one, amount: left } : one))
        const before = { ...model }
        const passed = await Promise.all(batch.map((one) => send(model, one)))
        expect(batch.length === 1 ? passed : []).toEqual(batch.length === 1 ? [allowed(before, batch[0]!)] : [])
        // Captures first: a refund that passed may have needed one of its own batch.
        const done = batch.filter((_, index) => passed[index]).sort((a, b) => Number(a.kind === 'refund') - Number(b.kind === 'refund'))
        for (const one of done) apply(model, one)
      }
      await agree(model)
    }),
    { numRuns: 40 },
  )
}, 60_000)
