/** The life of one payment as a seed tells it: what kind it is, and what merchant, payer and time do to it. */
import type { Claim } from '../../src/db/claims.ts'
import type { FeeTerms } from '../../src/ledger/fees.ts'
import { caseClaim } from '../../src/payments/charge-back.ts'
import type { NewPayment, PayInstruction, Payments } from '../../src/payments/commands.ts'
import type { Payment, Refund } from '../../src/payments/model.ts'
import type { InstrumentData } from '../../src/providers/contract.ts'
import { CODES } from '../../src/providers/sandbox/bank/users.ts'
import { findInstrument } from '../../src/instruments/store.ts'
import { openCard, summaryOf } from '../../src/instruments/cards.ts'
import { merchantOf, overdraftOf } from './merchants.ts'
import type { World } from './model.ts'
import { ConnectionLost } from './process.ts'

const CARDS = [...new Array<string>(9).fill('4242424242424242'),  '4000000000000002', '4000000000009995', '4000000000003220', '4000000000003220', '4000000000003220', '4000008400001629', '4000000000000119', '4000000000009987']
/** Of the emulator: approved at once, later, declined, on a page. */
const APM_AMOUNTS = [900n, 10_000n, 15_000n, 25_000n]

/** Signing in, who has what at the banks: second factors of every kind; money that is known later, much later, or never. */
const BANK_ACCOUNTS = [
  ['416148503', 'acc_1'], ['416148503', 'acc_2'], ['416148503', 'acc_4'], ['416148503', 'acc_5'], ['416148503', 'acc_7'], ['100000067', 'acc_1'], ['100000075', 'acc_1'], ['100000083', 'acc_1'], ['100000121', 'acc_1'],
] as const

const FEES: readonly (FeeTerms | undefined)[] = [
  undefined,
  { strategy: 'internal', reverse: false, rate: '0.03', fixed: '10', min: '0', max: '0' },
  { strategy: 'external', reverse: false, rate: '0.029', fixed: '30', min: '50', max: '500' },
  // Kept back for a part of a life: some reserves are released before a refund comes, and some after.
  { strategy: 'internal', reverse: false, rate: '0.03', fixed: '10', min: '0', max: '0', reserve: { rate: '0.4', minutes: 0.25 }, charge_back: { rate: '0.01', fixed: '20', min: '0', max: '0' } },
]

/** How long the lives of the payments of a world are, before the dust settles. */
export const LIFE_MS = 90_000

type Step = (payments: Payments) => Promise<string>

/** Stores the payment and plans what happens to it. */
export function plan(world: World, number: number): void {
  const { random, time } = world
  const id = `pay_${number}`
  const method = random.pick([...new Array<'card'>(14).fill('card'), 'apm', 'apm', 'apm', 'bank_transfer', 'bank_transfer', 'bank_transfer'] as const)
  const kind = method !== 'card' ? 'charge' : random.pick([...new Array<'charge'>(8).fill('charge'), 'verify', 'payout', 'credit'] as const)
  const amount = method === 'apm' ? random.pick(APM_AMOUNTS) : BigInt(random.whole(100, 30_000))
  const manual_capture = kind === 'charge' && method === 'card' && random.chance(0.4)
  const input: NewPayment = {
    merchant_id: merchantOf(id), id, api: random.chance(0.3) ? 'strict' : 'sim', kind, mode: 'test', method, currency: method === 'bank_transfer' ? 'CLP' : 'USD', amount, request: {}, tries_max: random.whole(1, 3),
    manual_capture, fee_terms: kind === 'charge' ? random.pick(FEES) : undefined, initial: random.pick(['created', 'pending']),
    expires_at: random.chance(0.5) ? new Date(time.now().getTime() + random.whole(5_000, LIFE_MS)) : undefined,
  }
  const born = random.whole(0, LIFE_MS / 3)
  const instrument = (): Instrument => ({ ...instrumentOf(world, method), overdraft: kind === 'payout' || kind === 'credit' ? overdraftOf(id) : undefined })
  const once = { claim: (payment: Payment) => ({ merchant_id: payment.merchant_id, scope: 'sim', key: id, owner: payment.id, request_hash: null, status: null, answer: null, created_at: payment.created_at, expires_at: null }) }
  act(world, born, `${id} accept ${kind} ${amount}${manual_capture ? ' manual' : ''}`, (payments) => payments.accept(input, once).then(outcome), PATIENCE)
  const steps = random.whole(1, 6)
  for (let n = 0; n < steps; n++) act(world, born + random.whole(1, (LIFE_MS * 2) / 3), ...step(world, id, n, instrument, manual_capture ? MANUAL_STEPS : STEPS))
  course(world, id, born, instrument, manual_capture ? amount : undefined)
}

/** Beside all that most lives go as they should; what gets no answer is asked for again, and many merchants send everything twice. */
function course(world: World, id: string, born: number, instrument: () => Instrument, held: bigint | undefined): void {
  const { random } = world
  const twice = (at_ms: number, what: () => [what: string, run: Step]): void => {
    const [says, run] = what()
    for (let n = random.whole(1, 2); n > 0; n--) act(world, born + at_ms + random.whole(0, 800), says, run, PATIENCE)
  }
  twice(1_000, () => (held === undefined && random.chance(0.2) ? byToken(id, world, instrument().overdraft) : paying(id, instrument, world)))
  if (random.chance(0.5)) twice(6_000, () => paying(id, instrument, world))
  twice(8_000, () => [`${id} payer acts`, (payments) => payerActs(world, payments, id)])
  const parts = held === undefined ? [] : random.chance(0.5) ? [undefined] : [held / 3n, held / 4n, undefined]
  parts.forEach((amount, n) => twice(14_000 + n * 4_000, () => {
    const kind = amount === undefined && random.chance(0.25) ? 'void' : 'capture'
    return [`${id} ${kind} ${amount ?? 'all'}`, (payments) => payments.followUp(merchantOf(id), id, { kind, id: `${id}-c${n}`, amount, request: {} }).then(outcome)]
  }))
  for (const [n, amount] of random.pick([[], [undefined], [undefined, undefined], [50n, undefined], [30n, 20n, undefined]] as (bigint | undefined)[][]).entries()) {
    twice(26_000 + n * 3_000, () => [`${id} refund ${amount ?? 'all'}`, (payments) => payments.refund({ merchant_id: merchantOf(id), overdraft: overdraftOf(id), payment_id: id, id: `${id}-${world.ids.alphanumeric(8)}`, amount, request: {}, with_fee: true, claim: (refund) => refundClaim(refund, `course ${n}`) }).then(outcome)])
  }
  if (overdraftOf(id) === undefined && random.chance(0.1)) twice(33_000, () => chargeBack(id, 1, world.ids))
}

/** The payer's bank takes back what is left, and two people tell of it. A balance with a floor may go below it by this, so those have none. */
const chargeBack = (id: string, at: number, ids: World['ids']): [what: string, run: Step] => [`${id} charge-back`, async (payments) => {
  const merchant_id = merchantOf(id)
  const left = (await payments.find(merchant_id, id))?.payment
  const amount = left === undefined ? 0n : left.captured - left.refunded - left.refunding
  const made = `${id}-${ids.alphanumeric(8)}`
  const claim = caseClaim(merchant_id, `${id} ${at}`, { id: made, payment_id: id, amount }, left?.updated_at ?? new Date(0))
  return payments.chargeBack(merchant_id, id, { id: made, attempt_id: `att_${ids.alphanumeric(16)}`, amount, request: {}, claim }).then(outcome)
}]

const refundClaim = (refund: Refund, key: string): Claim => ({ merchant_id: refund.merchant_id, scope: `refund.${refund.payment_id}`, key, owner: refund.id, request_hash: null, status: null, answer: null, created_at: refund.created_at, expires_at: null })

/** How often a client asks again when it got no answer, or when something else has to end first. */
const PATIENCE = 8

function act(world: World, at_ms: number, what: string, run: Step, patience = 0): void {
  const { random, time, trace } = world
  const again = (): void => {
    if (patience > 0) act(world, random.whole(700, 2_500), what, run, patience - 1)
  }
  time.schedule(at_ms, () => {
    const name = `p${random.whole(0, world.processes.length - 1)}`
    const chosen = world.processes[Number(name.slice(1))]
    if (chosen === undefined || chosen.dead()) {
      trace(`${name} is down: ${what}`)
      return again()
    }
    trace(`${name}: ${what}`)
    run(chosen.payments).then(
      (said) => {
        trace(`${name}: ${what} → ${said}`)
        if (said === 'busy' || said === 'not_found') again()
      },
      (error: unknown) => {
        if (error instanceof ConnectionLost) {
          trace(`${name}: ${what} → nobody knows: the connection was lost ${error.message}`)
          again()
        } else if (!chosen.dead()) world.fail(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
      },
    )
  })
}

type Outcome = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: { readonly kind: string } }

const outcome = (result: Outcome): string => (result.ok ? 'ok' : result.error.kind)

/** What pays, in words; and how it is got hold of. */
interface Instrument {
  readonly says: string
  /** What money out must be covered by, beside the balance. */
  readonly overdraft?: bigint | undefined
  get(): Promise<InstrumentData>
}

function instrumentOf({ random, sandboxes }: World, method: 'card' | 'apm' | 'bank_transfer'): Instrument {
  if (method === 'apm') return { says: 'apm', get: async () => ({ type: 'apm', code: 'bogus', token: undefined, fields: {} }) }
  if (method === 'card') {
    const number = random.pick(CARDS)
    return { says: number, get: async () => ({ type: 'card', number, exp_month: 12, exp_year: 2040, holder: 'Ann Lee', cvv: '123' }) }
  }
  const [username, account] = random.pick(BANK_ACCOUNTS)
  const input = { institution: 'cl_banco_estado', username, password: 'jonsnow', holder_type: 'individual', mode: 'test', currency: 'CLP' } as const
  return {
    says: `${username} ${account}`,
    get: async () => {
      const signed = await sandboxes[0]?.sandbox.banks.signIn(input, new AbortController().signal)
      return { type: 'bank_account', account, session: signed?.status === 'signed_in' ? signed.session : '' }
    },
  }
}

const paying = (id: string, instrument: () => Instrument, world: World): [what: string, run: Step] => {
  const { random, time, ids } = world
  const { says, get, overdraft } = instrument()
  const keeps = random.chance(0.3)
  // A payer may be given less time from now on than the payment had, while an issuer's page is open, too.
  const hurry_ms = random.chance(0.15) ? random.whole(500, 12_000) : undefined
  const instruction: Omit<PayInstruction, 'instrument'> = {
    initiator: 'payer', authentication: 'auto', return_url: (attempt) => `http://shop.test/${attempt}`, final: random.chance(0.2), overdraft,
  }
  return [`${id} pay ${says}${keeps ? ', to be kept' : ''}${hurry_ms === undefined ? '' : ` within ${hurry_ms} ms`}`, async (payments) => {
    const instrument = await get()
    const token = ids.alphanumeric(16)
    const kept = keeps && instrument.type === 'card' ? { store: { id: token, remembered: false }, shown: summaryOf(instrument, 'visa') } : {}
    const paid = await payments.pay(merchantOf(id), id, { ...instruction, ...kept, instrument, ...(hurry_ms === undefined ? {} : { with: { expires_at: new Date(time.now().getTime() + hurry_ms) } }) })
    if (paid.ok && kept.store !== undefined) world.tokens.push({ merchant_id: merchantOf(id), id: token })
    return outcome(paid)
  }]
}

/** A sale by token, without the payer: with a card that an earlier payment of the merchant brought, if it is kept. */
const byToken = (id: string, world: World, overdraft: bigint | undefined): [what: string, run: Step] => [`${id} pay by token`, async (payments) => {
  const merchant_id = merchantOf(id)
  const known = world.tokens.filter((token) => token.merchant_id === merchant_id)
  const stored = known.length === 0 ? undefined : await findInstrument(world.db, merchant_id, world.random.pick(known).id)
  if (stored === undefined) return 'no card'
  return outcome(await payments.pay(merchant_id, id, { instrument: await openCard(world.vault, stored, undefined), shown: stored.summary, initiator: 'merchant', authentication: 'auto', final: true, overdraft }))
}]

const STEPS = ['pay', 'pay', 'token', 'payer', 'payer', 'settle', 'capture', 'refund', 'refund', 'refund', 'cancel refund', 'end', 'annotate', 'correct', 'conclude'] as const
const MANUAL_STEPS = ['pay', 'token', 'payer', 'settle', 'capture', 'capture', 'capture', 'void', 'refund', 'refund', 'cancel refund', 'end', 'annotate', 'correct', 'conclude'] as const

/** One thing that happens to a payment. */
function step(world: World, id: string, n: number, instrument: () => Instrument, from: readonly (typeof STEPS | typeof MANUAL_STEPS)[number][]): [what: string, run: Step] {
  const { random } = world
  const part = random.chance(0.5) ? undefined : BigInt(random.whole(1, 12_000))
  switch (random.pick(from)) {
    case 'pay':
      return paying(id, instrument, world)
    case 'token':
      return byToken(id, world, instrument().overdraft)
    case 'payer':
      return [`${id} payer acts`, (payments) => payerActs(world, payments, id)]
    case 'settle':
      return [`${id} settle`, (payments) => payments.settle(merchantOf(id), id).then((view) => view?.payment.state ?? 'nothing')]
    case 'capture':
    case 'void': {
      const kind = random.chance(0.7) ? 'capture' : 'void'
      return [`${id} ${kind} ${part ?? 'all'}`, (payments) => payments.followUp(merchantOf(id), id, { kind, id: `${id}-f${n}`, amount: kind === 'void' ? undefined : part, request: {} }).then(outcome)]
    }
    case 'refund': {
      const due = random.chance(0.3) ? random.whole(100, 20_000) : undefined
      const key = random.chance(0.5) ? 'same' : `r${n}`
      return [`${id} refund ${part ?? 'all'} ${key}`, (payments) => payments.refund({
        merchant_id: merchantOf(id), overdraft: overdraftOf(id), payment_id: id, id: `${id}-r${n}`, amount: part, request: {}, with_fee: n % 2 === 0, due_at: due === undefined ? undefined : new Date(world.time.now().getTime() + due),
        claim: (refund) => refundClaim(refund, key),
      }).then(outcome)]
    }
    case 'cancel refund':
      return [`${id} cancel refund`, (payments) => payments.cancelRefund(merchantOf(id), `${id}-r${random.whole(0, n)}`).then(outcome)]
    case 'end': {
      const state = random.pick(['canceled', 'expired', 'failed'] as const)
      return [`${id} end ${state}`, (payments) => payments.end(merchantOf(id), id, { state, reason: state === 'canceled' ? 'canceled_by_merchant' : 'expired' }).then(outcome)]
    }
    case 'correct':
      return [`${id} an operator says that it was paid`, (payments) => payments.correct(merchantOf(id), id, { id: `${id}-o${n}`, amount: part ?? 700n, facts: {}, request: {} }).then(outcome)]
    case 'conclude':
      return [`${id} an operator says what became of a refund`, (payments) => payments.concludeRefund(merchantOf(id), `${id}-r${random.whole(0, n)}`, random.chance(0.5)).then(outcome)]
    case 'annotate':
      return [`${id} annotate`, (payments) => payments.annotate(merchantOf(id), id, { n }).then((view) => view?.payment.state ?? 'nothing')]
  }
}

/** The payer does what an open attempt asks for, at the issuer's page, and comes back, or not. */
async function payerActs(world: World, payments: Payments, id: string): Promise<string> {
  const view = await payments.find(merchantOf(id), id)
  const attempt = view?.attempts.find(({ state }) => state === 'action')
  if (attempt === undefined) return 'nothing to do'
  if (attempt.action?.kind === 'input') return typeCode(world, payments, id, attempt.id, attempt.action.input)
  for (const { sandbox, book } of world.sandboxes) {
    const record = await book.find(attempt.id)
    if (record?.handle === undefined || record.method === 'bank_transfer') continue
    const decision = world.random.chance(0.8) ? 'approve' : 'cancel'
    const page = record.method === 'card' ? '/acs/answer' : `/apm/${record.handle}`
    const form: Record<string, string> = record.method === 'card' ? { challenge: record.handle, code: world.random.chance(0.8) ? '1234' : '9999', decision } : { decision }
    await sandbox.pages({ method: 'POST', path: page, query: {}, form, accept_language: undefined })
  }
  if (world.random.chance(0.2)) return 'never came back'
  return payments.resume(merchantOf(id), id, attempt.id, {}).then(outcome)
}

/** Of the second factor of a bank. */
async function typeCode({ random }: World, payments: Payments, id: string, attempt_id: string, factor: string): Promise<string> {
  const code = random.chance(0.85) ? CODES[factor as keyof typeof CODES] : '9999'
  return payments.resume(merchantOf(id), id, attempt_id, random.chance(0.05) ? { decision: 'reject' } : { code }).then(outcome)
}
