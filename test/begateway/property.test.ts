/**
 * Random sequences of authorize, pay, capture, void and refund over HTTP, against a model of a few lines: money is conserved, never more is
 * captured than was authorized, never more refunded than captured, of each capture as of all, and our ledger and the network's own book say what the answers said.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDbBook } from '../../src/providers/sandbox/book-db.ts'
import { card, createHarness, statusOf, uidOf, type Harness } from './harness.ts'
import type { Called } from '../support/server.ts'

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
  readonly captures: { readonly uid: string; readonly amount: number; refunded: number }[]
}

/** `of`: which capture a refund names; 0, or one that is not there, is the payment itself. */
type Command = { readonly kind: 'capture' | 'void' | 'refund'; readonly amount: number; readonly of: number }

const amount = fc.integer({ min: 1, max: 120 })
/** 0 stands for "what is left". */
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('capture' as const, 'refund' as const, 'void' as const), amount, of: fc.constantFrom(0, 1, 1, 2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('void' as const), amount: fc.constant(0), of: fc.constant(0) }) },
)
/** Two captures make refunds of either one interesting. */
const opening: fc.Arbitrary<Command[]> = fc.constantFrom<Command[]>([], [{ kind: 'capture', amount: 20, of: 0 }, { kind: 'capture', amount: 30, of: 0 }])
const history = fc.record({
  kind: fc.constantFrom('payments', 'authorizations'),
  amount: fc.integer({ min: 50, max: 300 }),
  commands: fc.tuple(opening, fc.array(command, { maxLength: 8 })).map((parts) => parts.flat()),
  /** How many commands are sent at once. */
  width: fc.integer({ min: 1, max: 4 }),
})

/** What a command that passed changes: `parent_uid` and `uid` of its answer. */
function apply(model: Model, { kind, amount: wanted }: Command, { uid, parent_uid }: Passed): void {
  if (kind === 'refund') {
    model.refunded += wanted
    const capture = model.captures.find((one) => one.uid === parent_uid)
    if (capture !== undefined) capture.refunded += wanted
  } else if (kind === 'capture') {
    model.captured += wanted
    model.captures.push({ uid, amount: wanted, refunded: 0 })
  } else model.voided += wanted
  expect(model.captured + model.voided).toBeLessThanOrEqual(model.held)
  expect(model.refunded).toBeLessThanOrEqual(model.captured)
  for (const capture of model.captures) expect(capture.refunded).toBeLessThanOrEqual(capture.amount)
}

interface Passed {
  readonly uid: string
  readonly parent_uid: string
}

const captureOf = (model: Model, { kind, of }: Command): Model['captures'][number] | undefined => (kind === 'refund' && of > 0 ? model.captures[of - 1] : undefined)

/** Alone, a command passes exactly when this says so. */
function allowed(model: Model, command: Command): boolean {
  const { kind, amount: wanted } = command
  const left = model.held - model.captured - model.voided
  const capture = captureOf(model, command)
  if (kind === 'refund') return wanted <= model.captured - model.refunded && (capture === undefined || wanted <= capture.amount - capture.refunded)
  return wanted > 0 && wanted <= left
}

async function send(model: Model, command: Command): Promise<Passed | undefined> {
  const { kind, amount: wanted } = command
  const parent_uid = captureOf(model, command)?.uid ?? model.uid
  const answer = await h.shop.post(`/transactions/${kind}s`, { request: { parent_uid, amount: wanted, reason: 'r', duplicate_check: false } })
  const passed = answer.status === 200
  const right = { type: kind, status: 'successful', amount: wanted, parent_uid }
  const refusal = expect.stringMatching(/can't be (?:greater than|refunded|captured|voided)|must be greater than 0/) as string
  expect(passed ? answer.get('transaction') : { status: answer.status, text: answer.text }).toMatchObject(passed ? right : { status: 422, text: refusal })
  return passed ? { uid: uidOf(answer), parent_uid } : undefined
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
      const model: Model = { uid: uidOf(begun), held: first, captured: kind === 'payments' ? first : 0, voided: 0, refunded: 0, captures: [] }
      for (let i = 0; i < commands.length; i += width) {
        const left = model.held - model.captured - model.voided
        const batch = commands.slice(i, i + width).map((one) => (one.amount === 0 ? { ...one, amount: left } : one))
        const before = structuredClone(model)
        const passed = await Promise.all(batch.map((one) => send(model, one)))
        expect(batch.length === 1 ? passed.map((one) => one !== undefined) : []).toEqual(batch.length === 1 ? [allowed(before, batch[0]!)] : [])
        // Captures first: a refund that passed may have needed one of its own batch.
        const done = batch.flatMap((one, index) => (passed[index] === undefined ? [] : [{ one, answer: passed[index] }])).sort((a, b) => Number(a.one.kind === 'refund') - Number(b.one.kind === 'refund'))
        for (const { one, answer } of done) apply(model, one, answer)
      }
      await agree(model)
    }),
    { numRuns: 40 },
  )
}, 60_000)

test('twenty refunds of one capture at once, with other refunds beside them: no more goes back than it took, and the commit alone holds that', async () => {
  const authorization = uidOf(await h.shop.post('/transactions/authorizations', card({ amount: 1000, duplicate_check: false })))
  const take = (): Promise<Called> => h.shop.post('/transactions/captures', { request: { parent_uid: authorization, amount: 500 } })
  const [capture] = [await take(), await take()].map(uidOf)
  const refund = (parent_uid: string | undefined, amount: number): Promise<Called> => h.shop.post('/transactions/refunds', { request: { parent_uid, amount, reason: 'r', duplicate_check: false } })
  const [of_capture, of_all] = await Promise.all([Promise.all(Array.from({ length: 20 }, () => refund(capture, 100))), Promise.all(Array.from({ length: 4 }, () => refund(authorization, 30)))])
  expect(of_capture.filter(({ status }) => status === 200)).toHaveLength(5)
  for (const { status, text } of of_capture.filter((answer) => answer.status !== 200)) expect([status, text]).toEqual([422, expect.stringContaining("Amount can't be greater than 0.")])
  expect(of_all.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  expect(await h.server.db.query("SELECT 1 FROM claims WHERE scope LIKE '%capture%' AND scope NOT LIKE '%POST%'")).toEqual([])
})
