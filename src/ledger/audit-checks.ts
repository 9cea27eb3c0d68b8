/**
 * What the audit proves, as data: each check is a query that finds what is wrong. It answers with rows of
 * (merchant_id, payment_id, subject, expected, found), both figures as text; no row, no fault. Every check aggregates inside the
 * database, so that books of any size are proven without reading them into memory.
 */
export interface Check {
  readonly name: string
  /** What holds when the check finds nothing. */
  readonly says: string
  /** Gives columns merchant_id, payment_id, subject, expected, found. */
  readonly sql: string
}

const OPEN = `('sent', 'action', 'processing')`
/** Minor units that a refund's provider paid beyond its amount. */
const EXCEEDED = `coalesce((result->>'exceeded')::numeric, 0)`
const PAYING = `('sale', 'transfer', 'authorize', 'verify', 'payout', 'credit')`

/** Every line of the ledger, one row each. */
export const LINES = `postings p CROSS JOIN LATERAL unnest(p.accounts, p.amounts) AS line(account, amount)`

/** Sums of the ledger, the attempts and the refunds of each payment. */
const SUMS = `
  booked AS (
    SELECT p.merchant_id, p.payment_id,
      sum(amount) FILTER (WHERE account LIKE 'provider:%') AS provider, sum(amount) FILTER (WHERE account IN ('merchant', 'reserve') AND p.kind <> 'charge_back_fee') AS merchant,
      sum(amount) FILTER (WHERE account = 'fees' AND p.kind <> 'charge_back_fee') AS fees, sum(amount) FILTER (WHERE account = 'payouts') AS payouts,
      sum(amount) FILTER (WHERE account = 'holds') AS holds, sum(amount) FILTER (WHERE account = 'holds:contra') AS contra,
      sum(amount) FILTER (WHERE account = 'merchant' AND p.kind = 'settlement') AS settled
    FROM ${LINES} GROUP BY 1, 2),
  tried AS (
    SELECT merchant_id, payment_id,
      sum(amount) FILTER (WHERE state = 'approved' AND kind IN ('sale', 'transfer', 'authorize', 'payout', 'credit')) AS authorized,
      sum(amount) FILTER (WHERE state = 'approved' AND kind IN ('sale', 'transfer', 'capture', 'payout', 'credit')) AS captured,
      sum(amount) FILTER (WHERE state = 'approved' AND kind = 'void') AS released,
      sum(amount) FILTER (WHERE state = 'approved' AND kind = 'refund') AS refunded,
      count(*) FILTER (WHERE state IN ${OPEN}) AS open, count(*) FILTER (WHERE state IN ${OPEN} AND kind IN ${PAYING}) AS open_paying,
      count(*) FILTER (WHERE state = 'approved' AND kind = 'verify') AS verified
    FROM attempts GROUP BY 1, 2),
  returned AS (
    SELECT merchant_id, payment_id, sum(amount + ${EXCEEDED}) FILTER (WHERE state = 'succeeded') AS refunded, sum(fee) FILTER (WHERE state = 'succeeded') AS refunded_fee,
      sum(amount) FILTER (WHERE state IN ('pending', 'processing')) AS refunding, sum(amount) FILTER (WHERE request->>'surplus' IS NOT NULL) AS surplus,
      sum(amount) FILTER (WHERE EXISTS (SELECT 1 FROM attempts a WHERE a.id = refunds.request->>'surplus' AND a.merchant_id = refunds.merchant_id AND a.kind = 'capture')) AS unheld
    FROM refunds GROUP BY 1, 2),
  sums AS (
    SELECT p.*, p.kind IN ('payout', 'credit') AS out,
      coalesce(b.provider, 0) AS l_provider, coalesce(b.merchant, 0) AS l_merchant, coalesce(b.fees, 0) AS l_fees, coalesce(b.payouts, 0) AS l_payouts,
      coalesce(b.holds, 0) AS l_holds, coalesce(b.contra, 0) AS l_contra, coalesce(b.settled, 0) AS settled,
      coalesce(t.authorized, 0) AS a_authorized, coalesce(t.captured, 0) AS a_captured, coalesce(t.released, 0) AS a_released, coalesce(t.refunded, 0) AS a_refunded,
      coalesce(t.open, 0) AS open, coalesce(t.open_paying, 0) AS open_paying, coalesce(t.verified, 0) AS verified,
      coalesce(r.refunded, 0) AS r_refunded, coalesce(r.refunded_fee, 0) AS r_refunded_fee, coalesce(r.refunding, 0) AS r_refunding, coalesce(r.surplus, 0) AS surplus, coalesce(r.unheld, 0) AS unheld,
      CASE WHEN p.kind IN ('payout', 'credit') AND coalesce(t.open_paying, 0) > 0 THEN p.payable ELSE 0 END AS reserved
    FROM payments p
    LEFT JOIN booked b ON b.merchant_id = p.merchant_id AND b.payment_id = p.id
    LEFT JOIN tried t ON t.merchant_id = p.merchant_id AND t.payment_id = p.id
    LEFT JOIN returned r ON r.merchant_id = p.merchant_id AND r.payment_id = p.id)`

/** Compares figures of each payment. `pairs`: (subject, expected, found). */
const compare = (pairs: readonly (readonly [subject: string, expected: string, found: string])[]): string => `WITH ${SUMS}
  SELECT s.merchant_id, s.id AS payment_id, v.subject, v.expected::text AS expected, v.found::text AS found FROM sums s CROSS JOIN LATERAL (VALUES
    ${pairs.map(([subject, expected, found]) => `('${subject}', (${expected})::numeric, (${found})::numeric)`).join(',\n    ')}
  ) AS v(subject, expected, found) WHERE v.expected <> v.found`

/** The figure of its own account that a posting must show: the attempt's amount. */
const MONEY_OF = `CASE p.kind WHEN 'hold' THEN p.held WHEN 'release' THEN -p.held WHEN 'refund' THEN -p.moved WHEN 'payout' THEN -p.moved ELSE p.moved END`

export const CHECKS: readonly Check[] = [
  {
    name: 'postings balance',
    says: 'The lines of every posting sum to zero, and there is an amount for each account.',
    sql: `SELECT p.merchant_id, p.payment_id, 'posting ' || p.id AS subject, '0' AS expected, coalesce((SELECT sum(line) FROM unnest(p.amounts) AS line), 0)::text AS found
      FROM postings p WHERE (SELECT coalesce(sum(line), 0) FROM unnest(p.amounts) AS line) <> 0 OR cardinality(p.accounts) <> cardinality(p.amounts)`,
  },
  {
    name: 'accounts balance',
    says: 'The accounts of every merchant sum to zero, per mode and currency.',
    sql: `SELECT p.merchant_id, NULL AS payment_id, 'all accounts, ' || p.mode || ' ' || p.currency AS subject, '0' AS expected, sum(amount)::text AS found
      FROM ${LINES} GROUP BY p.merchant_id, p.mode, p.currency HAVING sum(amount) <> 0`,
  },
  {
    name: 'postings belong',
    says: 'Every posting is about a payment that exists, in its mode and currency, and to an account of the chart.',
    sql: `SELECT p.merchant_id, p.payment_id, 'posting ' || p.id AS subject, coalesce(t.mode || ' ' || t.currency, 'a payment') AS expected,
        CASE WHEN t.id IS NULL THEN 'none' ELSE p.mode || ' ' || p.currency || ' ' || array_to_string(p.accounts, ' ') END AS found
      FROM postings p LEFT JOIN payments t ON t.merchant_id = p.merchant_id AND t.id = p.payment_id
      WHERE t.id IS NULL OR t.mode <> p.mode OR t.currency <> p.currency
        OR EXISTS (SELECT 1 FROM unnest(p.accounts) AS account WHERE account NOT IN ('merchant', 'fees', 'payouts', 'reserve', 'holds', 'holds:contra') AND account NOT LIKE 'provider:_%')`,
  },
  {
    name: 'ledger agrees',
    says: 'For every payment the ledger shows what the payment says: captured, refunded, held, fees, on its way out.',
    sql: compare([
      ['provider', `CASE WHEN out THEN -captured ELSE captured - refunded - settled END`, 'l_provider'],
      ['merchant', `CASE WHEN out THEN reserved + captured + fee ELSE fee - captured + settled + refunded - refunded_fee END`, 'l_merchant'],
      ['fees', 'refunded_fee - fee', 'l_fees'],
      ['payouts', '-reserved', 'l_payouts'],
      ['holds', 'authorized - captured - released', 'l_holds'],
      ['holds:contra', 'captured + released - authorized', 'l_contra'],
    ]),
  },
  {
    name: 'attempts belong',
    says: 'Every attempt is of a payment that exists, in its currency.',
    sql: `SELECT a.merchant_id, a.payment_id, 'attempt ' || a.id AS subject, coalesce(t.currency, 'a payment') AS expected, CASE WHEN t.id IS NULL THEN 'none' ELSE a.currency END AS found
      FROM attempts a LEFT JOIN payments t ON t.merchant_id = a.merchant_id AND t.id = a.payment_id WHERE t.id IS NULL OR t.currency <> a.currency`,
  },
  {
    name: 'attempts agree',
    says: 'For every payment its sums are those of its approved attempts, and at most one attempt is open.',
    sql: compare([
      // What was captured beyond what was held counts as authorized by that.
      ['authorized', 'a_authorized + unheld', 'authorized'],
      ['captured', 'a_captured', 'captured'],
      ['released', 'a_released', 'released'],
      ['refunded', 'a_refunded', 'refunded'],
      ['open attempts', 'least(open, 1)', 'open'],
    ]),
  },
  {
    name: 'refunds agree',
    says: 'For every payment what is refunded and being refunded is the sum of its refunds.',
    sql: compare([
      ['refunded by refunds', 'r_refunded', 'refunded'],
      ['fee refunded by refunds', 'r_refunded_fee', 'refunded_fee'],
      ['refunding by refunds', 'r_refunding', 'refunding'],
    ]),
  },
  {
    name: 'states agree',
    says: 'For every payment the state is one that its sums and attempts allow, and nothing under way is forgotten.',
    sql: `WITH ${SUMS} SELECT merchant_id, id AS payment_id, 'state ' || state AS subject, v.expected, v.found FROM sums CROSS JOIN LATERAL (VALUES
      (state <> 'succeeded' OR captured > 0 OR (kind = 'verify' AND verified > 0), 'money, or an approved verification', 'captured ' || captured),
      (state <> 'succeeded' OR authorized = captured + released, 'nothing held', 'authorized ' || authorized || ', captured ' || captured || ', released ' || released),
      (state NOT IN ('failed', 'rejected', 'canceled', 'expired') OR (captured = surplus AND authorized = released + surplus), 'no money' || CASE WHEN surplus = 0 THEN '' ELSE ' but ' || surplus || ' that came too late' END, 'authorized ' || authorized || ', captured ' || captured || ', released ' || released),
      (state <> 'authorized' OR authorized > captured + released, 'something held', 'authorized ' || authorized || ', captured ' || captured || ', released ' || released),
      (state NOT IN ('created', 'pending', 'processing') OR authorized = 0, 'no money yet', 'authorized ' || authorized),
      (state <> 'processing' OR open_paying > 0, 'an open attempt', 'none'),
      -- An earlier attempt that had been given up may have paid while the last one is under way.
      (state IN ('pending', 'processing') OR open_paying = 0 OR (state IN ('succeeded', 'authorized') AND authorized > 0), 'no attempt to pay that is open', open_paying::text),
      (finished_at IS NULL = (state IN ('created', 'pending', 'processing', 'authorized')), 'a time of its end exactly when it has ended', coalesce(finished_at::text, 'none'))
    ) AS v(holds, expected, found) WHERE NOT v.holds`,
  },
  {
    name: 'attempts are posted',
    says: 'Every approved attempt that moved money has its posting, and every resolved attempt has its time.',
    sql: `SELECT a.merchant_id, a.payment_id, 'attempt ' || a.id AS subject, w.kind AS expected, 'none' AS found
      FROM attempts a JOIN (VALUES ('sale', 'sale'), ('transfer', 'sale'), ('authorize', 'hold'), ('capture', 'capture'), ('void', 'release'), ('refund', 'refund'),
        ('payout', 'payout'), ('credit', 'payout')) AS w(attempt, kind) ON w.attempt = a.kind
      WHERE a.state = 'approved' AND NOT EXISTS (SELECT 1 FROM postings p WHERE p.payment_id = a.payment_id AND p.id = a.id || ':' || w.kind AND p.merchant_id = a.merchant_id)
      UNION ALL
      SELECT merchant_id, payment_id, 'attempt ' || id, 'a time of its end exactly when it is resolved', state FROM attempts WHERE (state IN ${OPEN}) <> (resolved_at IS NULL)`,
  },
  {
    name: 'postings are earned',
    says: 'Every posting has the attempt that it is about, in the state that it tells of, with its provider and its amount.',
    sql: `SELECT p.merchant_id, p.payment_id, 'posting ' || p.id AS subject, coalesce(a.kind || ' ' || a.state || ' ' || a.amount || ' ' || a.provider, 'an attempt') AS expected,
        p.kind || ' ' || array_to_string(p.amounts, ' ') AS found
      FROM (SELECT p.*, (SELECT sum(amount) FROM unnest(p.accounts, p.amounts) AS l(account, amount) WHERE account LIKE 'provider:%') AS moved,
          (SELECT sum(amount) FROM unnest(p.accounts, p.amounts) AS l(account, amount) WHERE account = 'holds') AS held,
          (SELECT min(account) FROM unnest(p.accounts) AS account WHERE account LIKE 'provider:%') AS account FROM postings p) AS p
      LEFT JOIN attempts a ON a.merchant_id = p.merchant_id AND a.payment_id = p.payment_id AND a.id = regexp_replace(p.attempt_id, ':late$', '')
      WHERE a.id IS NULL
        OR NOT CASE p.kind
          WHEN 'sale' THEN a.state = 'approved' AND a.kind IN ('sale', 'transfer')
          WHEN 'settlement' THEN a.state = 'approved' AND a.kind IN ('sale', 'transfer')
          WHEN 'hold' THEN a.state = 'approved' AND a.kind = 'authorize'
          WHEN 'capture' THEN a.state = 'approved' AND a.kind = 'capture'
          WHEN 'release' THEN a.state = 'approved' AND a.kind = 'void'
          WHEN 'refund' THEN a.state = 'approved' AND a.kind = 'refund'
          WHEN 'payout' THEN a.state = 'approved' AND a.kind IN ('payout', 'credit')
          WHEN 'payout_reserved' THEN a.kind IN ('payout', 'credit')
          WHEN 'payout_returned' THEN a.kind IN ('payout', 'credit') AND a.state NOT IN ${OPEN}
          WHEN 'reserve' THEN a.state = 'approved' AND a.kind IN ('sale', 'transfer')
          WHEN 'reserve_released' THEN a.state = 'approved' AND a.kind IN ('sale', 'transfer')
          WHEN 'reserve_canceled' THEN a.state = 'approved' AND a.kind = 'refund'
          WHEN 'charge_back_fee' THEN a.state = 'approved' AND a.kind = 'refund'
          ELSE false END
        OR (p.kind IN ('sale', 'hold', 'capture', 'release', 'refund', 'payout') AND coalesce(${MONEY_OF}, 0) <> a.amount)
        OR p.account <> 'provider:' || a.provider OR p.currency <> a.currency OR p.refund_id IS DISTINCT FROM a.refund_id`,
  },
  {
    name: 'settlements agree',
    says: 'What went straight to its recipient is what the sale of the same attempt owed the merchant.',
    sql: `SELECT p.merchant_id, p.payment_id, 'posting ' || p.id AS subject, coalesce(-s.owed, 0)::text AS expected, p.owed::text AS found FROM (
        SELECT p.*, (SELECT sum(amount) FROM unnest(p.accounts, p.amounts) AS l(account, amount) WHERE account = 'merchant') AS owed FROM postings p WHERE p.kind = 'settlement') AS p
      LEFT JOIN (
        SELECT p.merchant_id, p.attempt_id, sum(amount) FILTER (WHERE account = 'merchant') AS owed FROM ${LINES} WHERE p.kind = 'sale' GROUP BY 1, 2
      ) AS s ON s.merchant_id = p.merchant_id AND s.attempt_id = p.attempt_id WHERE p.owed IS DISTINCT FROM -s.owed`,
  },
  {
    name: 'reserves agree',
    says: 'For every payment the ledger keeps back what its reserve says: kept, taken by refunds, released, and what is left.',
    sql: `SELECT coalesce(r.merchant_id, b.merchant_id) AS merchant_id, coalesce(r.payment_id, b.payment_id) AS payment_id, v.subject, v.expected::text AS expected, v.found::text AS found
      FROM reserves r FULL JOIN (
        SELECT p.merchant_id, p.payment_id, -sum(amount) FILTER (WHERE p.kind = 'reserve') AS kept, sum(amount) FILTER (WHERE p.kind = 'reserve_canceled') AS canceled,
          sum(amount) FILTER (WHERE p.kind = 'reserve_released') AS released, -sum(amount) AS outstanding
        FROM ${LINES} WHERE account = 'reserve' GROUP BY 1, 2) AS b ON b.merchant_id = r.merchant_id AND b.payment_id = r.payment_id
      CROSS JOIN LATERAL (VALUES
        ('kept back', coalesce(r.amount, 0), coalesce(b.kept, 0)),
        ('taken from the reserve', coalesce(r.canceled, 0), coalesce(b.canceled, 0)),
        ('released', CASE WHEN r.released_at IS NULL THEN 0 ELSE r.amount - r.canceled END, coalesce(b.released, 0)),
        ('still kept back', CASE WHEN r.released_at IS NULL THEN coalesce(r.amount - r.canceled, 0) ELSE 0 END, coalesce(b.outstanding, 0))
      ) AS v(subject, expected, found) WHERE v.expected <> v.found`,
  },
  {
    name: 'charge-back fees agree',
    says: 'Every charge-back has cost what it says, and nothing else has.',
    sql: `SELECT coalesce(r.merchant_id, b.merchant_id) AS merchant_id, coalesce(r.payment_id, b.payment_id) AS payment_id, 'charge-back ' || coalesce(r.id, b.refund_id) AS subject,
        coalesce(r.request->>'charge_back_fee', '0') AS expected, coalesce(b.fee, 0)::text AS found
      FROM (SELECT * FROM refunds WHERE request->>'charge_back_fee' IS NOT NULL) AS r FULL JOIN (
        SELECT p.merchant_id, p.payment_id, p.refund_id, -sum(amount) AS fee FROM ${LINES} WHERE account = 'fees' AND p.kind = 'charge_back_fee' GROUP BY 1, 2, 3
      ) AS b ON b.merchant_id = r.merchant_id AND b.refund_id = r.id WHERE coalesce((r.request->>'charge_back_fee')::numeric, 0) <> coalesce(b.fee, 0)`,
  },
  {
    name: 'refunds are earned',
    says: 'Every refund has the attempt that its state tells of, over its amount, or none while it waits to be sent again. More than one was approved only where it says so.',
    sql: `SELECT r.merchant_id, r.payment_id, 'refund ' || r.id AS subject, r.state || ' ' || r.amount AS expected,
        'approved ' || coalesce(t.approved, 0) || ' (' || coalesce(t.amount, 0) || '), open ' || coalesce(t.open, 0) AS found
      FROM refunds r LEFT JOIN (
        SELECT merchant_id, refund_id, count(*) FILTER (WHERE state = 'approved') AS approved, sum(amount) FILTER (WHERE state = 'approved') AS amount,
          count(*) FILTER (WHERE state = 'declined') AS declined, count(*) FILTER (WHERE state IN ${OPEN}) AS open
        FROM attempts WHERE kind = 'refund' GROUP BY 1, 2) AS t ON t.merchant_id = r.merchant_id AND t.refund_id = r.id
      WHERE CASE r.state
        WHEN 'succeeded' THEN t.amount = r.amount + ${EXCEEDED} AND (t.approved = 1) = (${EXCEEDED} = 0)
        WHEN 'processing' THEN t.approved = 0 AND CASE WHEN r.due_at IS NULL THEN t.open = 1 ELSE t.open = 0 AND t.declined > 0 END
        ELSE coalesce(t.approved, 0) = 0 AND coalesce(t.open, 0) = 0 END IS NOT TRUE
      UNION ALL
      SELECT a.merchant_id, a.payment_id, 'attempt ' || a.id, 'a refund', coalesce(a.refund_id, 'none') FROM attempts a
      LEFT JOIN refunds r ON r.merchant_id = a.merchant_id AND r.id = a.refund_id AND r.payment_id = a.payment_id WHERE a.kind = 'refund' AND r.id IS NULL`,
  },
  {
    name: 'refunds are covered',
    says: 'No more is refunded than was captured, unless a provider paid a refund that it had declined: then the payment says by how much.',
    sql: `SELECT merchant_id, id AS payment_id, 'refunded' AS subject, 'at most ' || limits.most AS expected, (refunded + refunding)::text AS found FROM payments
      CROSS JOIN LATERAL (SELECT captured + coalesce((result->>'over_refunded')::numeric, 0) AS most) AS limits WHERE refunded + refunding > limits.most`,
  },
  {
    name: 'balances agree',
    says: 'Every rolled-up balance is the sum of the postings that are rolled up.',
    sql: `SELECT coalesce(b.merchant_id, s.merchant_id) AS merchant_id, NULL AS payment_id,
        'balance ' || coalesce(b.account, s.account) || ', ' || coalesce(b.mode, s.mode) || ' ' || coalesce(b.currency, s.currency) AS subject,
        coalesce(s.amount, 0)::text AS expected, coalesce(b.amount, 0)::text AS found
      FROM balances b FULL JOIN (
        SELECT p.merchant_id, p.mode, line.account, p.currency, sum(line.amount) AS amount
        FROM balances_rolled_up r JOIN postings p ON p.txid < r.below CROSS JOIN LATERAL unnest(p.accounts, p.amounts) AS line(account, amount)
        GROUP BY 1, 2, 3, 4) AS s ON s.merchant_id = b.merchant_id AND s.mode = b.mode AND s.account = b.account AND s.currency = b.currency
      WHERE coalesce(b.amount, 0) <> coalesce(s.amount, 0)`,
  },
]
