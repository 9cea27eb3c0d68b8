import { beforeEach, describe, expect, it } from 'vitest'
import { money } from '../../../core/money.ts'
import { ProviderUnreachable, type BankAccountData, type Operation, type Outcome } from '../../contract.ts'
import { createMemoryBook, type Book } from '../book.ts'
import { countingIds, manualClock, never, operation, type ManualClock } from '../testing/support.ts'
import { createSandboxBanks, type SandboxBanks } from './banks.ts'
import { findUser, MAGIC_USERS } from './users.ts'

let clock: ManualClock
let book: Book
let banks: SandboxBanks

beforeEach(() => {
  clock = manualClock()
  book = createMemoryBook()
  banks = createSandboxBanks({ book, clock, ids: countingIds(), base_url: 'https://s.example', schedule: clock.schedule })
})

const clp = (minor: number) => money(minor, 'CLP')
const login = { institution: 'cl_banco_estado', username: '41614850-3', password: 'jonsnow', holder_type: 'individual', mode: 'test', currency: 'CLP' } as const
const signIn = (change: Partial<Parameters<SandboxBanks['signIn']>[0]> = {}) => banks.signIn({ ...login, ...change }, never)

/** Signs in and begins a transfer from the account with that number, or the first one. */
async function transfer(number?: string, who: Partial<typeof login> | { username: string } = {}, change: Partial<Operation> = {}): Promise<Outcome> {
  const signed = await signIn(who)
  if (signed.status !== 'signed_in') throw new Error(signed.reason)
  const account = number === undefined ? signed.accounts[0] : signed.accounts.find((one) => one.number === number)
  if (!account) throw new Error('no such account')
  return banks.execute(
    operation({
      key: 't', kind: 'transfer', method: 'bank_transfer', amount: clp(1000), instrument: { type: 'bank_account', session: signed.session, account: account.id }, ...change,
    }), never)
}
const answer = (input: Record<string, string>) => banks.resume('t', input, never)
const magic = (row: number) => ({ username: `100000${String(row).padStart(2, '0')}-${MAGIC_USERS[row - 1]!.check}` })

describe('signing in', () => {
  it.each(['41614850-3', '41.614.850-3', '416148503', ' 40427672-7', '41579263-8'])('takes %s as it is typed', async (username) => {
    const signed = await signIn({ username })
    expect(signed).toMatchObject({ status: 'signed_in', session: expect.stringMatching(/^bks_/) as unknown })
    expect(signed).toHaveProperty('accounts.length', 7)
    expect(signed).toHaveProperty('accounts.0', {
      id: 'acc_1', number: '813990168', type: 'checking_account', holder_id: username.replace(/\D/g, ''), holder_name: expect.any(String) as unknown,
      institution: 'cl_banco_estado', balance: clp(10_000_000),
    })
  })

  it.each([
    ['a wrong password', { password: 'aryastark' }, 'credentials_invalid'],
    ['an unknown user', { username: '11111111-1' }, 'credentials_invalid'],
    ['a Mexican at a Chilean bank', { username: '5555555555' }, 'credentials_invalid'],
    ['an unknown bank', { institution: 'cl_nobody' }, 'invalid_details'],
    ['another currency', { currency: 'MXN' }, 'currency_not_supported'],
    ['live mode', { mode: 'live' as const }, 'access_denied'],
    ['locked credentials', magic(1), 'credentials_locked'],
    ['a bank that is down', magic(2), 'provider_unavailable'],
    ['a bank that breaks', magic(3), 'provider_error'],
  ])('refuses %s', async (_, change, reason) => {
    expect(await signIn(change)).toEqual({ status: 'refused', reason })
  })

  it('keeps nothing that was typed', async () => {
    await transfer('170086177')
    await answer({ code: '0000' })
    const text = JSON.stringify(await book.list(), (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
    expect(text).not.toMatch(/jonsnow|"0000"|bks_/)
  })

  it('lasts half an hour', async () => {
    const signed = await signIn()
    if (signed.status !== 'signed_in') throw new Error()
    const instrument: BankAccountData = { type: 'bank_account', session: signed.session, account: 'acc_1' }
    const attempt = (change: Partial<typeof instrument>) =>
      banks.execute(operation({ kind: 'transfer', method: 'bank_transfer', amount: clp(1000), instrument: { ...instrument, ...change } }), never)
    expect(await attempt({})).toMatchObject({ status: 'action_required' })
    expect(await attempt({ account: 'acc_9' })).toMatchObject({ reason: 'credentials_invalid' })
    for (const session of ['', 'bks_e30.x', `${signed.session}x`]) expect(await attempt({ session })).toMatchObject({ reason: 'credentials_invalid' })
    await clock.pass(31 * 60_000)
    expect(await attempt({})).toMatchObject({ reason: 'credentials_invalid' })
  })
})

describe('the second factor', () => {
  it.each([
    ['813990168', { kind: 'input', input: 'device' }, { code: '000000' }],
    ['170086177', { kind: 'input', input: 'sms' }, { code: '0000' }],
    ['746326042', { kind: 'input', input: 'coordinates', positions: ['A1', 'C3', 'E5'] }, { code: '00 00 00' }],
    ['4420245701', { kind: 'input', input: 'coordinates' }, { A1: '00', C3: '00', E5: '00' }],
  ])('of account %s is passed', async (number, action, input) => {
    expect(await transfer(number)).toMatchObject({ status: 'action_required', action, expires_at: new Date('2026-11-02T12:05:00Z') })
    expect(await answer({})).toMatchObject({ status: 'action_required' })
    expect(await answer(input)).toMatchObject({ status: 'approved', amount: clp(1000), facts: { account: { number, institution_id: 'cl_banco_estado' } } })
    expect(await answer({ code: '9' })).toMatchObject({ status: 'approved' })
  })

  it('is over with one wrong code, a refusal, or its time', async () => {
    await transfer('170086177')
    expect(await answer({ code: '1111' })).toMatchObject({ status: 'declined', reason: 'invalid_authentication_code' })
    expect(await answer({ code: '0000' })).toMatchObject({ status: 'declined' })
    await transfer('170086177', {}, { key: 'left' })
    expect(await banks.resume('left', { decision: 'reject' }, never)).toMatchObject({ reason: 'payer_rejected' })
    await transfer('170086177', {}, { key: 'late' })
    await clock.pass(5 * 60_000)
    expect(await banks.resume('late', { code: '0000' }, never)).toMatchObject({ reason: 'authentication_timeout' })
  })

  it.each(['422159212', '5233137377'])('in the app of %s comes by itself, or is refused', async (number) => {
    const news: string[] = []
    banks.onNews((key) => news.push(key))
    expect(await transfer(number)).toMatchObject({ status: 'action_required', action: { kind: 'wait', wait: 'app' } })
    await clock.pass(4999)
    expect(await banks.inquire('t', never)).toMatchObject({ status: 'action_required' })
    await clock.pass(1)
    expect(news).toEqual(['t'])
    expect(await banks.inquire('t', never)).toMatchObject({ status: 'approved', facts: { executed_at: '2026-11-02T12:00:05.000Z' } })
    await transfer(number, {}, { key: 'no' })
    expect(await banks.resume('no', { decision: 'reject' }, never)).toMatchObject({ reason: 'payer_rejected' })
  })

  it('is not passed by amounts that end in 03', async () => {
    await transfer('170086177', {}, { amount: clp(1203) })
    expect(await answer({ code: '0000' })).toMatchObject({ status: 'declined', reason: 'invalid_authentication_code' })
  })

  it('works for the Mexican phone, with any password', async () => {
    const who = { institution: 'mx_banco_banamex', username: '+52 55 5555 5555', password: '', currency: 'MXN' } as const
    expect(await transfer(undefined, who as never, { amount: money(1000, 'MXN') })).toMatchObject({ action: { kind: 'wait' } })
    await clock.pass(5000)
    expect(await banks.inquire('t', never)).toMatchObject({ status: 'approved' })
  })
})

describe('what becomes of a transfer', () => {
  it('is pending first, or slow, or slow to fail', async () => {
    expect(await transfer('512347890123')).toMatchObject({ status: 'processing' })
    await clock.pass(10_000)
    expect(await banks.inquire('t', never)).toMatchObject({ status: 'approved' })
    for (const [row, ending] of [[6, 'approved'], [7, 'declined'], [17, 'processing']] as const) {
      const key = `slow-${row}`
      await transfer(undefined, magic(row), { key })
      expect(await banks.resume(key, { code: '0000' }, never)).toMatchObject({ status: 'processing' })
      await clock.pass(180_000)
      expect(await banks.inquire(key, never)).toMatchObject({ status: ending })
    }
  })

  it('is done although the call failed', async () => {
    await transfer(undefined, magic(8))
    await expect(answer({ code: '0000' })).rejects.toBeInstanceOf(ProviderUnreachable)
    expect(await banks.inquire('t', never)).toMatchObject({ status: 'approved' })
  })

  it.each([
    [4, 'insufficient_funds'], [5, 'account_locked'], [11, 'authentication_unavailable'], [13, 'new_recipient_amount_limit'],
    [14, 'new_recipient_count_limit'], [15, 'recipient_not_allowed'], [16, 'limit_exceeded'],
  ])('is declined at once for magic user %i: %s', async (row, reason) => {
    expect(await transfer(undefined, magic(row))).toMatchObject({ status: 'declined', reason })
  })

  it.each([[9, 'invalid_authentication_code'], [10, 'authentication_locked']])('is declined after the factor for magic user %i: %s', async (row, reason) => {
    await transfer(undefined, magic(row))
    expect(await answer({ code: '0000' })).toMatchObject({ status: 'declined', reason })
  })

  it('waits in vain for an app that nobody looks at', async () => {
    await transfer(undefined, magic(12))
    await clock.pass(299_999)
    expect(await banks.inquire('t', never)).toMatchObject({ status: 'action_required' })
    await clock.pass(1)
    expect(await banks.inquire('t', never)).toMatchObject({ status: 'declined', reason: 'authentication_timeout' })
  })

  it('keeps the bank’s limits', async () => {
    expect(await transfer('170086177', {}, { amount: clp(5_000_001) })).toMatchObject({ reason: 'limit_exceeded' })
    expect(await transfer('170086177', {}, { key: 'cur', amount: money(100, 'MXN') })).toMatchObject({ reason: 'currency_not_supported' })
  })

  it('can be refunded, and paid out', async () => {
    await transfer('170086177')
    const refund = (minor: number) => banks.execute(operation({ kind: 'refund', method: 'bank_transfer', parent_key: 't', amount: clp(minor), instrument: undefined }), never)
    expect(await refund(1)).toMatchObject({ reason: 'not_permitted' })
    await answer({ code: '0000' })
    expect(await refund(600)).toMatchObject({ status: 'approved' })
    expect(await refund(401)).toMatchObject({ reason: 'invalid_amount' })
    // The account that the money went to is empty.
    expect(await refund(304)).toMatchObject({ reason: 'insufficient_funds' })
    const recipient = { holder_id: '111111111', number: '123', account_type: 'checking_account', institution: 'cl_banco_bci' }
    const payout = (change: Partial<Operation>) => banks.execute(operation({ kind: 'payout', method: 'bank_transfer', amount: clp(500), instrument: undefined, ...change }), never)
    expect(await payout({ recipient })).toMatchObject({ status: 'approved' })
    expect(await payout({})).toMatchObject({ reason: 'invalid_details' })
    expect(await payout({ recipient, amount: clp(503) })).toMatchObject({ reason: 'recipient_not_allowed' })
  })
})

describe('the data', () => {
  it('has check characters that are right', () => {
    const check = (body: string): string => {
      const rest = 11 - (Array.from(body).reverse().reduce((sum, digit, index) => sum + Number(digit) * (2 + (index % 6)), 0) % 11)
      return rest === 11 ? '0' : rest === 10 ? 'K' : String(rest)
    }
    for (const row of MAGIC_USERS) expect(`${row.body}${check(row.body)}`).toBe(`${row.body}${row.check}`)
    expect(findUser('10000013-k')?.id).toBe('10000013K')
    expect(findUser('5510000004')?.accounts[0]?.number).toMatch(/^646180\d{12}$/)
  })
})
