/**
 * Proves the books: every posting balances, for every payment state, attempts, refunds and ledger agree, the rolled-up balances
 * are the sums of their postings, and money in = money out + money held. All of it over one snapshot of the database, without
 * stopping anything, and without reading the books into memory.
 *
 * @example
 * const report = await audit(db)
 * process.stdout.write(formatReport(report))
 * process.exitCode = report.clean ? 0 : 1
 */
import { toDecimalString } from '../core/money.ts'
import type { Db, Queryable } from '../db/db.ts'
import { CHECKS, LINES } from './audit-checks.ts'

/** One fault: what should be there, and what is. */
export interface AuditFinding {
  readonly check: string
  readonly merchant_id: string
  /** Null for faults of a whole account. */
  readonly payment_id: string | null
  readonly subject: string
  readonly expected: string
  readonly found: string
}

/** Minor units as decimal text, so that the report is plain JSON. */
export interface AuditTotal {
  readonly mode: string
  readonly currency: string
  readonly money_in: string
  readonly money_out: string
  /** At providers; negative when more went out through a provider than came in. */
  readonly held: string
  readonly owed_to_merchants: string
  readonly fees: string
  readonly on_its_way_out: string
  /** The merchants', kept back for a time. */
  readonly in_reserve: string
}

export interface AuditReport {
  readonly clean: boolean
  /** When the snapshot was taken, ISO 8601, by the database's clock. */
  readonly at: string
  readonly counts: { readonly payments: number; readonly attempts: number; readonly refunds: number; readonly postings: number }
  readonly checks: readonly { readonly name: string; readonly says: string; readonly faults: number }[]
  readonly totals: readonly AuditTotal[]
  /** At most `FINDINGS_MAX` of each check. */
  readonly findings: readonly AuditFinding[]
}

/** Findings of one check that a report shows; the rest is counted. */
export const FINDINGS_MAX = 100

/** Audits everything that is committed now. */
export function audit(db: Db): Promise<AuditReport> {
  return db.transaction(async (tx) => {
    await tx.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY')
    return auditWithin(tx)
  })
}

/** The same inside a transaction of the caller's, which should be REPEATABLE READ. */
export async function auditWithin(tx: Queryable): Promise<AuditReport> {
  // Connections are tuned for look-ups by key (db/open.ts); here whole tables are joined, and that takes its time.
  for (const [name, value] of Object.entries({ enable_seqscan: 'on', enable_hashjoin: 'on', enable_mergejoin: 'on', plan_cache_mode: 'auto', statement_timeout: '0' })) {
    await tx.query(`SET LOCAL ${name} = '${value}'`)
  }
  const [head] = await tx.query<{ at: Date } & Record<keyof AuditReport['counts'], bigint>>(
    'SELECT now() AS at, (SELECT count(*) FROM payments) AS payments, (SELECT count(*) FROM attempts) AS attempts, (SELECT count(*) FROM refunds) AS refunds, (SELECT count(*) FROM postings) AS postings',
  )
  const findings: AuditFinding[] = []
  const checks: { name: string; says: string; faults: number }[] = []
  for (const { name, says, sql } of CHECKS) {
    const rows = await tx.query<Omit<AuditFinding, 'check'> & { total: bigint }>(`SELECT fault.*, count(*) OVER () AS total FROM (${sql}) AS fault LIMIT ${FINDINGS_MAX}`)
    findings.push(...rows.map(({ total: _total, ...row }) => ({ check: name, ...row })))
    checks.push({ name, says, faults: Number(rows[0]?.total ?? 0) })
  }
  const totals = (await tx.query<{ [K in keyof AuditTotal]: string | null }>(TOTALS)).map(filled)
  const unequal = totals.filter((total) => BigInt(total.money_in) !== BigInt(total.money_out) + BigInt(total.held) || BigInt(total.held) !== sumOfClaims(total))
  findings.push(...unequal.map(totalFinding))
  checks.push({ name: TOTAL_CHECK, says: 'Money in = money out + money held; and what is held is owed to merchants, kept back from them, earned, or on its way out.', faults: unequal.length })
  const { payments = 0n, attempts = 0n, refunds = 0n, postings = 0n, at = new Date(0) } = head ?? {}
  return {
    clean: findings.length === 0, at: at.toISOString(),
    counts: { payments: Number(payments), attempts: Number(attempts), refunds: Number(refunds), postings: Number(postings) },
    checks, totals, findings,
  }
}

/** What came in, went out and is held, per mode and currency: in and out by the attempts, held and owed by the ledger. */
const TOTALS = `
  SELECT mode, currency, sum(money_in)::text AS money_in, sum(money_out)::text AS money_out, sum(held)::text AS held,
    sum(owed)::text AS owed_to_merchants, sum(fees)::text AS fees, sum(payouts)::text AS on_its_way_out, sum(reserve)::text AS in_reserve FROM (
    SELECT p.mode, a.currency, sum(a.amount) FILTER (WHERE a.kind IN ('sale', 'transfer', 'capture')) AS money_in,
      sum(a.amount) FILTER (WHERE a.kind IN ('refund', 'payout', 'credit')) AS money_out, 0 AS held, 0 AS owed, 0 AS fees, 0 AS payouts, 0 AS reserve
    FROM attempts a JOIN payments p ON p.merchant_id = a.merchant_id AND p.id = a.payment_id WHERE a.state = 'approved' GROUP BY 1, 2
    UNION ALL
    SELECT p.mode, p.currency, 0, -sum(amount) FILTER (WHERE p.kind = 'settlement' AND account LIKE 'provider:%'), sum(amount) FILTER (WHERE account LIKE 'provider:%'),
      -sum(amount) FILTER (WHERE account = 'merchant'), -sum(amount) FILTER (WHERE account = 'fees'), -sum(amount) FILTER (WHERE account = 'payouts'),
      -sum(amount) FILTER (WHERE account = 'reserve')
    FROM ${LINES} GROUP BY 1, 2
  ) AS sides GROUP BY mode, currency HAVING coalesce(sum(money_in), 0) <> 0 OR coalesce(sum(held), 0) <> 0 OR coalesce(sum(money_out), 0) <> 0 ORDER BY currency, mode`

const TOTAL_CHECK = 'money in = money out + money held'

const sumOfClaims = (total: AuditTotal): bigint => BigInt(total.owed_to_merchants) + BigInt(total.fees) + BigInt(total.on_its_way_out) + BigInt(total.in_reserve)

function filled(row: { [K in keyof AuditTotal]: string | null }): AuditTotal {
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, value ?? '0'])) as unknown as AuditTotal
}

function totalFinding(total: AuditTotal): AuditFinding {
  return {
    check: TOTAL_CHECK, merchant_id: '*', payment_id: null, subject: `${total.mode} ${total.currency}`,
    expected: `in ${total.money_in}`, found: `out ${total.money_out}, held ${total.held}, of it owed ${total.owed_to_merchants}, fees ${total.fees}, on its way out ${total.on_its_way_out}, in reserve ${total.in_reserve}`,
  }
}

/** The report for people. */
export function formatReport({ clean, at, counts, checks, totals, findings }: AuditReport): string {
  const lines = [`Audit of ${at}: ${counts.payments} payments, ${counts.attempts} attempts, ${counts.refunds} refunds, ${counts.postings} postings`, '']
  for (const { name, says, faults } of checks) lines.push(`${faults === 0 ? '✓' : '✗'} ${name}${faults === 0 ? '' : ` (${faults})`}: ${says}`)
  if (totals.length > 0) lines.push('')
  for (const total of totals) {
    const shown = (minor: string): string => toDecimalString({ minor: BigInt(minor), currency: total.currency })
    lines.push(
      `${total.currency} ${total.mode}: in ${shown(total.money_in)}, out ${shown(total.money_out)}, held ${shown(total.held)} ` +
        `(owed to merchants ${shown(total.owed_to_merchants)}, fees ${shown(total.fees)}, on its way out ${shown(total.on_its_way_out)}${total.in_reserve === '0' ? '' : `, in reserve ${shown(total.in_reserve)}`})`,
    )
  }
  if (findings.length > 0) lines.push('')
  for (const { check, merchant_id, payment_id, subject, expected, found } of findings) {
    lines.push(`✗ ${check}: ${merchant_id}${payment_id === null ? '' : ` ${payment_id}`}, ${subject}: expected ${expected}, found ${found}`)
  }
  lines.push('', clean ? 'The books are in order.' : `The books are NOT in order: ${checks.reduce((sum, { faults }) => sum + faults, 0)} faults.`, '')
  return lines.join('\n')
}
