import { beforeEach, describe, expect, it } from 'vitest'
import { money } from '../../../core/money.ts'
import type { Operation, Outcome } from '../../contract.ts'
import { createMemoryBook, type Book } from '../book.ts'
import type { Network } from '../network.ts'
import { card, countingIds, manualClock, never, operation, type ManualClock } from '../testing/support.ts'
import { createSandboxCards } from './cards.ts'
import { FAILING_EXPIRIES, MAGIC_CARDS } from './magic.ts'

const base_url = 'https://sandbox.example'
let clock: ManualClock
let book: Book
let cards: Network

beforeEach(() => {
  clock = manualClock()
  book = createMemoryBook()
  cards = createSandboxCards({ book, clock, ids: countingIds(), base_url, schedule: clock.schedule })
})

const run = (change: Partial<Operation>): Promise<Outcome> => cards.execute(operation(change), never)
const pay = (number: string, change: Partial<Operation> = {}): Promise<Outcome> => run({ instrument: card(number), ...change })
const usd = (minor: number) => money(minor, 'USD')

describe('the magic cards', () => {
  it('approves an ordinary card with the references of a real acquirer', async () => {
    const outcome = await pay('4111111111111111')
    expect(outcome).toMatchObject({ status: 'approved', amount: usd(1000) })
    expect(outcome.facts).toMatchObject({ code: '00', card: { brand: 'visa', country: 'US' }, executed_at: '2026-11-02T12:00:00.000Z' })
    expect(outcome.facts.approval_code).toMatch(/^\d{6}$/)
    expect(outcome.facts.rrn).toMatch(/^\d{12}$/)
    expect(outcome.facts.authentication).toBeUndefined()
  })

  it.each([
    ['4000000000000002', 'declined'], ['4000000000009995', 'insufficient_funds'], ['4000000000000069', 'card_expired'],
    ['4000000000000127', 'invalid_cvv'], ['4000000000000119', 'provider_error'], ['4000000000009987', 'lost_card'],
    ['4000000000009979', 'stolen_card'], ['4005550000000019', 'declined'], ['4012000000001022', 'authentication_unavailable'],
    ['4012000000001030', 'authentication_failed'], ['4012000000001014', 'authentication_failed'], ['4242424242424241', 'invalid_number'],
    ['4302912837020000', 'general_error_permanent'],
  ])('declines %s: %s', async (number, reason) => {
    expect(await pay(number)).toMatchObject({ status: 'declined', reason })
  })

  it.each(Object.entries(FAILING_EXPIRIES))('declines a failing card that expires %s: %s', async (expiry, reason) => {
    const instrument = card('4302912837020000', { exp_month: Number(expiry.slice(0, 2)), exp_year: 2000 + Number(expiry.slice(2)) })
    expect(await run({ instrument })).toMatchObject({ status: 'declined', reason })
  })

  it('keeps 07/77 pending until somebody settles it by hand', async () => {
    const instrument = card('5519283812030000', { exp_month: 7, exp_year: 2077 })
    const one = operation({ instrument })
    expect(await cards.execute(one, never)).toMatchObject({ status: 'processing' })
    await clock.pass(864e5)
    expect(await cards.inquire(one.key, never)).toMatchObject({ status: 'processing' })
    const news: string[] = []
    cards.onNews((key) => news.push(key))
    expect(await cards.settle(one.key, { status: 'approved' })).toBe(true)
    expect(news).toEqual([one.key])
    expect(await cards.inquire(one.key, never)).toMatchObject({ status: 'approved' })
    expect(await run({ instrument: { ...instrument, number: '5123817234060000' } })).toMatchObject({ status: 'action_required' })
  })

  it('knows frictionless and attempted authentication', async () => {
    expect((await pay('4012000000001006')).facts.authentication).toEqual({ version: '2.2.0', eci: '05', status: 'Y' })
    expect((await pay('4012000000001055')).facts.authentication).toEqual({ version: '2.2.0', eci: '06', status: 'A' })
    expect((await pay('5204240000015011')).facts.authentication).toEqual({ version: '2.2.0', eci: '02', status: 'Y' })
    expect((await pay('4242424242424242', { authentication: 'required' })).facts.authentication?.status).toBe('Y')
    expect(await pay('4200000000000000', { authentication: 'required' })).toMatchObject({ status: 'declined', reason: 'authentication_required' })
  })

  it('never asks a payer who is not there, or when authentication is off', async () => {
    expect(await pay('4000000000003220', { initiator: 'merchant' })).toMatchObject({ status: 'approved' })
    expect(await pay('4000000000003220', { authentication: 'off' })).toMatchObject({ status: 'approved' })
    expect(await pay('4000000000003063', { authentication: 'off' })).toMatchObject({ status: 'declined', reason: 'authentication_required' })
    expect(await pay('4000000000000341', { initiator: 'merchant' })).toMatchObject({ status: 'declined', reason: 'do_not_honor' })
    expect(await pay('4000000000000341')).toMatchObject({ status: 'approved' })
  })

  it('lets a test payment choose the bank code, and ignores that in live mode', async () => {
    expect(await run({ hints: { expected_bank_code: 'F.0114' } })).toMatchObject({ status: 'declined', reason: 'insufficient_funds' })
    expect(await run({ hints: { expected_bank_code: 'S.0000' }, instrument: card('4000000000000002') })).toMatchObject({ status: 'approved' })
    expect(await run({ hints: { expected_bank_code: 'nonsense' } })).toMatchObject({ status: 'approved' })
    const both = createSandboxCards({ book, clock, ids: countingIds('live'), base_url, modes: ['test', 'live'] })
    expect(await both.execute(operation({ mode: 'live', hints: { expected_bank_code: 'F.0114' } }), never)).toMatchObject({ status: 'approved' })
    expect(await run({ mode: 'live' })).toMatchObject({ status: 'declined', reason: 'not_permitted' })
  })

  it('declines a month that is over, but not for cards whose expiry is magic', async () => {
    expect(await run({ instrument: card('4111111111111111', { exp_month: 10, exp_year: 2026 }) })).toMatchObject({ reason: 'card_expired' })
    expect(await run({ instrument: card('4111111111111111', { exp_month: 11, exp_year: 2026 }) })).toMatchObject({ status: 'approved' })
    expect(await run({ instrument: card('5519283812030000', { exp_month: 1, exp_year: 2025 }) })).toMatchObject({ status: 'approved' })
  })

  it('keeps only the ends of the number', async () => {
    await pay('4000000000003220', { key: 'k' })
    const [record] = await book.list()
    expect(record?.card).toEqual({ first6: '400000', last4: '3220' })
    expect(JSON.stringify(record, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))).not.toMatch(/4000000000003220|"123"/)
  })

  it('has only magic numbers of 16 digits', () => {
    for (const number of Object.keys(MAGIC_CARDS)) expect(number).toMatch(/^\d{16}$/)
  })
})

describe('what follows an authorization', () => {
  const authorize = (minor = 1000) => run({ key: 'auth', kind: 'authorize', amount: usd(minor) })
  const child = (kind: Operation['kind'], minor: number, change: Partial<Operation> = {}) =>
    run({ kind, parent_key: 'auth', amount: usd(minor), instrument: undefined, ...change })

  it('captures in parts, never more than authorized', async () => {
    await authorize()
    expect(await child('capture', 600)).toMatchObject({ status: 'approved', amount: usd(600) })
    expect(await child('capture', 401)).toMatchObject({ status: 'declined', reason: 'invalid_amount' })
    expect(await child('capture', 400)).toMatchObject({ status: 'approved' })
    expect(await child('void', 1000)).toMatchObject({ status: 'declined', reason: 'not_permitted' })
  })

  it('refunds in parts, by the authorization or by the capture, never more than captured', async () => {
    await authorize()
    expect(await child('refund', 1)).toMatchObject({ status: 'declined', reason: 'not_permitted' })
    await child('capture', 600, { key: 'c1' })
    await child('capture', 400, { key: 'c2' })
    expect(await child('refund', 601, { parent_key: 'c1' })).toMatchObject({ status: 'declined', reason: 'invalid_amount' })
    expect(await child('refund', 500, { parent_key: 'c1' })).toMatchObject({ status: 'approved' })
    expect(await child('refund', 500)).toMatchObject({ status: 'approved' })
    expect(await child('refund', 1, { parent_key: 'c2' })).toMatchObject({ status: 'declined', reason: 'invalid_amount' })
  })

  it('releases in parts what is not captured, never more', async () => {
    await authorize()
    await child('capture', 300)
    expect(await child('void', 701)).toMatchObject({ status: 'declined', reason: 'invalid_amount' })
    expect(await child('void', 200)).toMatchObject({ status: 'approved', amount: usd(200) })
    expect(await child('capture', 501)).toMatchObject({ status: 'declined', reason: 'invalid_amount' })
    expect(await child('capture', 100)).toMatchObject({ status: 'approved' })
    expect(await child('void', 400)).toMatchObject({ status: 'approved', amount: usd(400) })
    expect(await child('capture', 1)).toMatchObject({ status: 'declined', reason: 'invalid_amount' })
    expect(await child('void', 1)).toMatchObject({ status: 'declined', reason: 'not_permitted' })
  })

  it('refuses other currencies, nothing, and parents that are not there', async () => {
    await authorize()
    expect(await child('capture', 100, { amount: money(100, 'EUR') })).toMatchObject({ reason: 'invalid_request' })
    expect(await child('capture', 0)).toMatchObject({ reason: 'invalid_amount' })
    expect(await child('capture', 100, { parent_key: 'nobody' })).toMatchObject({ reason: 'transaction_not_found' })
    expect(await run({ amount: usd(0) })).toMatchObject({ reason: 'invalid_amount' })
    expect(await run({ kind: 'verify', amount: usd(0) })).toMatchObject({ status: 'approved' })
  })
})

describe('a challenge', () => {
  const begin = async (change: Partial<Operation> = {}) => {
    const outcome = await pay('4000000000003220', { key: 'ch', ...change })
    if (outcome.status !== 'action_required' || outcome.action.kind !== 'redirect') throw new Error('no challenge')
    return outcome
  }

  it('sends the payer to the page with an EMV request', async () => {
    const { action, expires_at } = await begin()
    expect(action).toMatchObject({ url: `${base_url}/acs/challenge`, method: 'POST' })
    expect(expires_at).toEqual(new Date('2026-11-02T12:15:00Z'))
    const { fields } = action as { fields: Record<string, string> }
    expect(JSON.parse(Buffer.from(fields.creq!, 'base64url').toString())).toMatchObject({ messageType: 'CReq', messageVersion: '2.2.0' })
    expect(JSON.stringify(fields)).not.toContain('"ch"')
  })

  it('is not passed by claiming it', async () => {
    await begin()
    expect(await cards.resume('ch', {}, never)).toMatchObject({ status: 'action_required' })
    expect(await cards.resume('ch', { cres: 'bm9uc2Vuc2U' }, never)).toMatchObject({ status: 'action_required' })
    await cards.carryOn('ch', (record) => ({ ...record, notes: { ...record.notes, answer: 'passed' } }))
    expect(await cards.resume('ch', { cres: 'bm9uc2Vuc2U' }, never)).toMatchObject({ status: 'action_required' })
    expect(await cards.resume('ch', {}, never)).toMatchObject({ status: 'approved', facts: { authentication: { status: 'Y', eci: '05' } } })
    expect(await cards.resume('ch', {}, never)).toMatchObject({ status: 'approved' })
    expect(await cards.abandon('ch', never)).toMatchObject({ status: 'approved' })
  })

  it('ends with its time', async () => {
    await begin()
    await clock.pass(15 * 60_000)
    expect(await cards.resume('ch', {}, never)).toMatchObject({ status: 'declined', reason: 'authentication_timeout' })
    expect(await cards.abandon('ch', never)).toMatchObject({ status: 'declined', reason: 'authentication_timeout' })
  })

  it('can be given up', async () => {
    await begin()
    expect(await cards.abandon('ch', never)).toMatchObject({ status: 'declined', reason: 'not_completed' })
    expect(await cards.abandon('nobody', never)).toMatchObject({ status: 'declined', reason: 'transaction_not_found' })
  })

  it('leads to the decline that the card stands for', async () => {
    await begin({ instrument: card('4000008400001629') })
    await cards.carryOn('ch', (record) => ({ ...record, notes: { ...record.notes, answer: 'passed' } }))
    expect(await cards.resume('ch', {}, never)).toMatchObject({ status: 'declined', reason: 'declined' })
  })
})
