import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../test/support/world.ts'
import type { Queryable } from '../db/db.ts'
import type { NewPayment, PayInstruction } from '../payments/commands.ts'
import { audit, auditWithin, formatReport, type AuditReport } from './audit.ts'
import { rollUpBalances } from './store.ts'

const FEE = { strategy: 'internal', reverse: false, rate: '0.03', fixed: '10', min: '0', max: '0' } as const

const RESERVE = { reserve: { rate: '0.1', minutes: 60 }, charge_back: { rate: '0', fixed: '50', min: '0', max: '0' } } as const

const byCard = (number: string): PayInstruction => ({
  instrument: { type: 'card', number, exp_month: 12, exp_year: 2031, holder: 'Ann Lee', cvv: '123' }, initiator: 'payer', authentication: 'auto', return_url: (id) => `http://127.0.0.1/back?pid=${id}`,
})

class Undone extends Error {}

describe('audit', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
    await fill(world)
  }, 60_000)
  afterAll(() => world.close())

  const paid = async (id: string, number: string, more: Partial<NewPayment> = {}): Promise<void> => {
    await world.payments.accept({ merchant_id: 'm1', id, api: 'corefy', kind: 'charge', mode: 'test', method: 'card', currency: 'USD', amount: 1_000n, request: {}, tries_max: 2, fee_terms: FEE, ...more })
    expect((await world.payments.pay('m1', id, byCard(number))).ok).toBe(true)
  }

  /** One payment of every kind of history, some of them before the roll-up of balances and some after. */
  async function fill({ payments, db }: World): Promise<void> {
    const refund = (payment_id: string, id: string, amount?: bigint, due_at?: Date): ReturnType<typeof payments.refund> => payments.refund({ merchant_id: 'm1', payment_id, id, amount, request: {}, with_fee: true, due_at })
    await paid('sale', '4242424242424242')
    await paid('refunded', '4242424242424242')
    await refund('refunded', 'ref_1', 300n)
    await refund('refunded', 'ref_2')
    await paid('captured', '4242424242424242', { manual_capture: true, fee_terms: undefined })
    await payments.followUp('m1', 'captured', { kind: 'capture', id: 'cap_1', amount: 400n, request: {} })
    await rollUpBalances(db)
    await payments.followUp('m1', 'captured', { kind: 'void', id: 'void_1', amount: undefined, request: {} })
    await paid('held', '4242424242424242', { manual_capture: true })
    await paid('waiting', '4242424242424242')
    await refund('waiting', 'ref_3', 100n, new Date(Date.now() + 3_600_000))
    await paid('verified', '4242424242424242', { kind: 'verify' })
    await paid('declined', '4000000000000002')
    await paid('challenge', '4000000000003220')
    await paid('payout', '4242424242424242', { kind: 'payout' })
    await paid('kept', '4242424242424242', { fee_terms: { ...FEE, ...RESERVE }, currency: 'EUR' })
    await payments.chargeBack('m1', 'kept', { id: 'cb_1', attempt_id: 'att_cb_1', amount: 950n, request: {} })
    await paid('yen', '4242424242424242', { currency: 'JPY', fee_terms: undefined })
    await payments.accept({ merchant_id: 'm1', id: 'fresh', api: 'corefy', kind: 'charge', mode: 'test', method: 'card', currency: 'USD', amount: 5n, request: {} })
  }

  it('finds nothing in a clean world, and sums it up', async () => {
    const report = await audit(world.db)
    expect(report.findings).toEqual([])
    expect(report).toMatchObject({ clean: true, counts: { payments: 12, refunds: 4 } })
    expect(report.totals).toEqual([
      { mode: 'test', currency: 'EUR', money_in: '1000', money_out: '950', held: '50', owed_to_merchants: '-40', fees: '90', on_its_way_out: '0', in_reserve: '0' },
      { mode: 'test', currency: 'JPY', money_in: '1000', money_out: '0', held: '1000', owed_to_merchants: '1000', fees: '0', on_its_way_out: '0', in_reserve: '0' },
      expect.objectContaining({ mode: 'test', currency: 'USD', money_in: '3400', money_out: '2000', held: '1400', on_its_way_out: '0' }),
    ])
    expect(formatReport(report)).toContain('USD test: in 34.00, out 20.00, held 14.00')
    expect(formatReport(report)).toContain('The books are in order.')
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
  })

  it('is clean for an empty database', async () => {
    const empty = await createWorld()
    expect(await audit(empty.db)).toMatchObject({ clean: true, totals: [] })
    await empty.close()
  })

  /** What the audit says after a corruption, which is undone again. */
  async function corrupted(...statements: string[]): Promise<AuditReport> {
    let report: AuditReport | undefined
    const run = async (tx: Queryable): Promise<void> => {
      // Triggers and foreign keys sleep; checks and the unique index are taken away.
      await tx.query(`SET LOCAL session_replication_role = 'replica'`)
      const checks = await tx.query<{ statement: string }>(`SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS statement FROM pg_constraint
        WHERE contype = 'c' AND conrelid IN ('payments'::regclass, 'attempts'::regclass, 'postings'::regclass, 'refunds'::regclass)`)
      for (const { statement } of [...checks, { statement: 'DROP INDEX attempts_one_open' }]) await tx.query(statement)
      for (const statement of statements) expect(await tx.query(`${statement} RETURNING 1`)).not.toEqual([])
      report = await auditWithin(tx)
      throw new Undone()
    }
    await world.db.transaction(run).catch((error: unknown) => {
      if (!(error instanceof Undone)) throw error
    })
    if (report === undefined) throw new Error('no report')
    return report
  }

  const copyAttempt = (payment_id: string, id: string, columns: string): string =>
    `INSERT INTO attempts SELECT (jsonb_populate_record(a, '${columns}'::jsonb || '{"id": "${id}"}')).* FROM attempts a WHERE a.payment_id = '${payment_id}' LIMIT 1`

  /** What was done to the books, the check that finds it, whom it names, and a word of what it says. */
  const CORRUPTIONS: readonly (readonly [what: string, statements: readonly string[], check: string, payment: string | null, says: string])[] = [
    ['a line of a posting is changed', [`UPDATE postings SET amounts[1] = amounts[1] + 1 WHERE payment_id = 'sale'`], 'postings balance', 'sale', 'found 1'],
    ['a line is changed: the accounts', [`UPDATE postings SET amounts[1] = amounts[1] + 1 WHERE payment_id = 'sale'`], 'accounts balance', null, 'all accounts, test USD'],
    ['a posting grows in balance', [`UPDATE postings SET amounts[1] = amounts[1] + 7, amounts[2] = amounts[2] - 7 WHERE payment_id = 'sale'`], 'ledger agrees', 'sale', 'provider: expected 1000, found 1007'],
    ['a fee moves to the merchant', [`UPDATE postings SET amounts[2] = amounts[2] - 5, amounts[3] = amounts[3] + 5 WHERE payment_id = 'sale'`], 'ledger agrees', 'sale', 'fees: expected -40, found -35'],
    ['a posting vanishes', [`DELETE FROM postings WHERE payment_id = 'sale'`], 'attempts are posted', 'sale', 'expected sale, found none'],
    ['a hold vanishes', [`DELETE FROM postings WHERE payment_id = 'held'`], 'ledger agrees', 'held', 'holds: expected 1000, found 0'],
    ['a posting loses its payment', [`UPDATE postings SET payment_id = 'nobody' WHERE payment_id = 'sale'`], 'postings belong', 'nobody', 'expected a payment, found none'],
    ['an attempt loses its payment', [`UPDATE attempts SET payment_id = 'nobody' WHERE payment_id = 'sale'`], 'attempts belong', 'nobody', 'expected a payment, found none'],
    ['an attempt is in another currency', [`UPDATE attempts SET currency = 'EUR' WHERE payment_id = 'sale'`], 'attempts belong', 'sale', 'expected USD, found EUR'],
    ['a posting is in another currency', [`UPDATE postings SET currency = 'EUR' WHERE payment_id = 'sale'`], 'postings belong', 'sale', 'test EUR'],
    ['a posting goes to an unknown account', [`UPDATE postings SET accounts[3] = 'pocket' WHERE payment_id = 'sale'`], 'postings belong', 'sale', 'pocket'],
    ['a posting names another provider', [`UPDATE postings SET accounts[1] = 'provider:other' WHERE payment_id = 'sale'`], 'postings are earned', 'sale', 'sandbox-cards'],
    ['a posting has no attempt', [`UPDATE postings SET attempt_id = 'none' WHERE payment_id = 'sale'`], 'postings are earned', 'sale', 'expected an attempt'],
    ['the attempt of a posting was declined', [`UPDATE attempts SET state = 'declined' WHERE payment_id = 'sale'`], 'postings are earned', 'sale', 'declined'],
    ['a refund is posted twice', [`INSERT INTO postings (merchant_id, id, kind, mode, payment_id, refund_id, attempt_id, currency, accounts, amounts, created_at)
      SELECT merchant_id, id || '2', kind, mode, payment_id, refund_id, attempt_id, currency, accounts, amounts, created_at FROM postings WHERE refund_id = 'ref_1'`], 'ledger agrees', 'refunded', 'provider: expected 0, found -300'],
    ['less goes straight to the recipient than was sold', [`INSERT INTO postings (merchant_id, id, kind, mode, payment_id, refund_id, attempt_id, currency, accounts, amounts, created_at)
      SELECT merchant_id, attempt_id || ':settlement', 'settlement', mode, payment_id, NULL, attempt_id, currency, ARRAY['merchant', 'provider:sandbox-cards'], ARRAY[900, -900], created_at FROM postings WHERE payment_id = 'sale'`], 'settlements agree', 'sale', 'expected 960, found 900'],
    ['a reserve is forgotten', [`DELETE FROM reserves WHERE payment_id = 'kept'`], 'reserves agree', 'kept', 'kept back: expected 0, found 96'],
    ['a reserve is given free without a posting', [`UPDATE reserves SET canceled = 0, released_at = now() WHERE payment_id = 'kept'`], 'reserves agree', 'kept', 'released: expected 96, found 0'],
    ['a reserve that was taken is there again', [`UPDATE reserves SET canceled = 0 WHERE payment_id = 'kept'`], 'reserves agree', 'kept', 'still kept back: expected 96, found 0'],
    ['a charge-back costs more than it says', [`UPDATE refunds SET request = '{"charge_back": true, "charge_back_fee": "40", "from_reserve": "96"}' WHERE id = 'cb_1'`], 'charge-back fees agree', 'kept', 'expected 40, found 50'],
    ['what a charge-back cost is forgotten', [`UPDATE refunds SET request = '{}' WHERE id = 'cb_1'`], 'charge-back fees agree', 'kept', 'expected 0, found 50'],
    ['a payment claims more than was captured', [`UPDATE payments SET captured = 1100, authorized = 1100 WHERE id = 'sale'`], 'attempts agree', 'sale', 'captured: expected 1000, found 1100'],
    ['what is held is forgotten', [`UPDATE payments SET state = 'succeeded', finished_at = now() WHERE id = 'held'`], 'states agree', 'held', 'expected nothing held'],
    ['a release is forgotten', [`UPDATE payments SET released = 0 WHERE id = 'captured'`], 'attempts agree', 'captured', 'released: expected 600, found 0'],
    ['a refund is not counted', [`UPDATE payments SET refunded = 300 WHERE id = 'refunded'`], 'attempts agree', 'refunded', 'refunded: expected 1000, found 300'],
    ['more is refunded than came in', [`UPDATE payments SET refunded = 1001 WHERE id = 'refunded'`], 'refunds are covered', 'refunded', 'expected at most 1000, found 1001'],
    ['a fee given back is not counted', [`UPDATE payments SET refunded_fee = 0 WHERE id = 'refunded'`], 'refunds agree', 'refunded', 'fee refunded by refunds: expected 40, found 0'],
    ['a refund that waits is not set aside', [`UPDATE payments SET refunding = 0 WHERE id = 'waiting'`], 'refunds agree', 'waiting', 'refunding by refunds: expected 100, found 0'],
    ['a refund succeeded without an attempt', [`UPDATE refunds SET state = 'succeeded' WHERE id = 'ref_3'`], 'refunds are earned', 'waiting', 'expected succeeded 100, found approved 0'],
    ['a refund is said to be under way', [`UPDATE refunds SET state = 'processing' WHERE id = 'ref_3'`], 'refunds are earned', 'waiting', 'open 0'],
    ['a refund is given up that was paid', [`UPDATE refunds SET state = 'failed' WHERE id = 'ref_1'`], 'refunds are earned', 'refunded', 'approved 1 (300)'],
    ['a refund is of another amount', [`UPDATE refunds SET amount = 301 WHERE id = 'ref_1'`], 'refunds are earned', 'refunded', '(300)'],
    ['a refund vanishes', [`DELETE FROM refunds WHERE id = 'ref_1'`], 'refunds are earned', 'refunded', 'expected a refund, found ref_1'],
    ['two attempts are open', [copyAttempt('challenge', 'second', '{}')], 'attempts agree', 'challenge', 'open attempts: expected 1, found 2'],
    ['an attempt is approved without its time', [`UPDATE attempts SET resolved_at = NULL WHERE payment_id = 'sale'`], 'attempts are posted', 'sale', 'a time of its end'],
    ['a second approved sale', [copyAttempt('sale', 'second', '{}')], 'attempts are posted', 'sale', 'attempt second'],
    ['a payment succeeded without money', [`UPDATE payments SET state = 'succeeded', finished_at = now() WHERE id = 'declined'`], 'states agree', 'declined', 'expected money'],
    ['a verification succeeded without one', [`UPDATE attempts SET state = 'declined' WHERE payment_id = 'verified'`], 'states agree', 'verified', 'an approved verification'],
    ['a payment failed with money', [`UPDATE payments SET state = 'failed' WHERE id = 'sale'`], 'states agree', 'sale', 'expected no money'],
    ['a payment failed with more than came too late', [`UPDATE payments SET state = 'failed' WHERE id = 'refunded'`, `UPDATE refunds SET request = '{"surplus": "att_x"}' WHERE id = 'ref_1'`], 'states agree', 'refunded', 'expected no money but 300 that came too late'],
    ['a payment is stuck', [`UPDATE payments SET state = 'processing' WHERE id = 'declined'`], 'states agree', 'declined', 'expected an open attempt, found none'],
    ['a payment ended under an open attempt', [`UPDATE payments SET state = 'expired', finished_at = now() WHERE id = 'challenge'`], 'states agree', 'challenge', 'no attempt to pay that is open'],
    ['a payment ended without a time', [`UPDATE payments SET finished_at = NULL WHERE id = 'sale'`], 'states agree', 'sale', 'a time of its end'],
    ['nothing is held of an authorization', [`UPDATE payments SET released = authorized WHERE id = 'held'`], 'states agree', 'held', 'something held'],
    ['a payout leaves the balance twice', [`UPDATE payments SET fee = 500 WHERE id = 'payout'`], 'ledger agrees', 'payout', 'merchant: expected 1500, found 1000'],
    ['a balance is changed', [`UPDATE balances SET amount = amount + 1 WHERE account = 'fees'`], 'balances agree', null, 'balance fees, test USD: expected -40, found -39'],
    ['a balance vanishes', [`DELETE FROM balances WHERE account = 'merchant'`], 'balances agree', null, 'balance merchant'],
    ['money came in that nobody holds', [`UPDATE attempts SET amount = 1500 WHERE payment_id = 'sale'`], 'money in = money out + money held', null, 'in 3900'],
  ]

  it.each(CORRUPTIONS)('finds it when %s', async (_what, statements, check, payment, says) => {
    const report = await corrupted(...statements)
    expect(report.clean).toBe(false)
    const found = report.findings.filter((finding) => finding.check === check && finding.payment_id === payment)
    expect(found).not.toEqual([])
    expect(formatReport({ ...report, findings: found })).toContain(says)
    expect(report.checks.find(({ name }) => name === check)?.faults).toBeGreaterThan(0)
    expect(formatReport(report)).toContain('NOT in order')
  })
})
