import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { audit } from '../../src/ledger/audit.ts'
import { MAGIC_USERS } from '../../src/providers/sandbox/bank/users.ts'
import { ACCOUNTS, createShop, type Shop } from './support.ts'
import type { Called } from '../support/server.ts'

let shop: Shop
beforeAll(async () => {
  shop = await createShop()
  await shop.listen()
})
afterAll(() => shop.close())

const magic = (row: number): string => `100000${String(row).padStart(2, '0')}-${MAGIC_USERS[row - 1]?.check}`

/** What the receiver was told about one payment. */
function toldOf(id: string): { type: string; status: unknown; reason: unknown }[] {
  return shop.server.receiver.requests.map(({ body }) => body as { type: string; data: Record<string, unknown> }).filter(({ data }) => data['id'] === id).map(({ type, data }) => ({ type, status: data['status'], reason: data['error_reason'] }))
}

async function work(): Promise<void> {
  await shop.server.work()
}

describe('every way to pay', () => {
  test.each([['an SMS', ACCOUNTS.sms, ['0000']], ['a device', ACCOUNTS.device, ['000000']], ['coordinates', ACCOUNTS.coordinates, ['00', '00', '00']]])('%s', async (_, account, code) => {
    const { id, token } = await shop.create()
    expect((await shop.widget('open', { token })).get('step')).toBe('bank')
    const signed = await shop.signIn(token)
    expect(signed.get('accounts.0')).toEqual({ id: 'acc_1', type: 'checking_account', last4: '0168', balance: expect.stringContaining('10.000.000') as unknown, enough: true })
    const flow = signed.get('flow')
    expect((await shop.get(id)).get('status')).toBe('in_progress')
    expect((await shop.widget('confirm', { token, flow, account })).get('step')).toBe('code')
    expect((await shop.widget('answer', { token, flow, code, decline: false })).get('step')).toBe('done')
    await work()
    expect(toldOf(id)).toEqual([{ type: 'payment_intent.succeeded', status: 'succeeded', reason: null }])
  })

  test('an app, which approves by itself', async () => {
    const { id, token } = await shop.create()
    const flow = (await shop.signIn(token)).get('flow')
    expect((await shop.widget('confirm', { token, flow, account: ACCOUNTS.app })).get('step')).toBe('app')
    shop.server.clock.advance(6_000)
    expect((await shop.widget('state', { token, flow })).get('step')).toBe('done')
    await work()
    expect(toldOf(id).map(({ type }) => type)).toEqual(['payment_intent.succeeded'])
  })

  test('an account whose bank does not know yet', async () => {
    const { id, token } = await shop.create()
    const flow = (await shop.signIn(token)).get('flow')
    expect((await shop.widget('confirm', { token, flow, account: ACCOUNTS.pending })).get('step')).toBe('pending')
    await work()
    expect((await shop.get(id)).get('status')).toBe('pending')
    expect((await shop.api('GET', '/v1/payment_intents?status=pending')).get('0.id')).toBe(id)
    shop.server.clock.advance(3_600_000)
    await work()
    expect(toldOf(id).map(({ type, status }) => [type, status])).toEqual([['payment_intent.pending', 'pending'], ['payment_intent.succeeded', 'succeeded']])
  })
})

describe('every way not to pay', () => {
  test.each([[4, 'insufficient_funds'], [5, 'bank_account_locked'], [13, 'new_contact_amount_limit_reached'], [14, 'new_contact_transfer_number_limit_reached'], [15, 'recipient_account_not_allowed'], [16, 'amount_limit_reached'], [11, 'mfa_unavailable']])(
    'magic user %i: failed, %s', async (row, reason) => {
      const { id, token } = await shop.create()
      const ended = await shop.pay(token, 'acc_1', magic(row))
      expect(ended.body).toMatchObject({ step: 'failed', status: 'failed' })
      await work()
      expect(toldOf(id)).toEqual([{ type: 'payment_intent.failed', status: 'failed', reason }])
      expect((await shop.get(id)).get('sender_account.institution_id')).toBe('cl_banco_estado')
    })

  // What a bank says at the end: the minutes it takes, and the events that the shop is told.
  test.each<[number, number, string[], string, string]>([
    [7, 10, ['payment_intent.pending', 'payment_intent.failed'], 'failed', 'bank_connection_error'],
    [9, 0, ['payment_intent.rejected'], 'rejected', 'mfa_invalid_authorization'],
    [10, 0, ['payment_intent.failed'], 'failed', 'mfa_locked'],
    [12, 10, ['payment_intent.failed'], 'failed', 'mfa_authorization_timeout'],
  ])('magic user %i, after %i minutes: %j, %s, %s', async (row, minutes, types, status, error_reason) => {
    const { id, token } = await shop.create()
    await shop.pay(token, 'acc_1', magic(row))
    await work()
    shop.server.clock.advance(minutes * 60_000)
    await work()
    expect(toldOf(id).map(({ type }) => type)).toEqual(types)
    expect((await shop.get(id)).body).toMatchObject({ status, error_reason })
  })

  test.each([['a wrong code', { code: ['1111'] }], ['a refusal', { code: [], decline: true }]])('%s: rejected', async (_, answer) => {
    const { id, token } = await shop.create()
    const flow = (await shop.signIn(token)).get('flow')
    await shop.widget('confirm', { token, flow, account: ACCOUNTS.sms })
    expect((await shop.widget('answer', { token, flow, ...answer })).body).toMatchObject({ step: 'failed', status: 'rejected', problem: 'problem_factor' })
    await work()
    expect(toldOf(id)).toEqual([{ type: 'payment_intent.rejected', status: 'rejected', reason: 'mfa_invalid_authorization' }])
  })

  test('an amount that ends in 03: rejected', async () => {
    const { id, token } = await shop.create({ amount: 1203 })
    await shop.pay(token)
    expect((await shop.get(id)).body).toMatchObject({ status: 'rejected' })
  })

  test('a wrong password may be corrected; who leaves after it has failed of it', async () => {
    const { id, token } = await shop.create()
    expect((await shop.signIn(token, '41614850-3', 'aryastark')).body).toMatchObject({ problem: 'problem_credentials', again: true, error: { code: 'institution_credentials_invalid', type: 'institution_error' } })
    await shop.widget('leave', { token })
    await work()
    expect(toldOf(id)).toEqual([{ type: 'payment_intent.failed', status: 'failed', reason: 'login_invalid_credentials' }])
    const second = await shop.create()
    await shop.signIn(second.token, '41614850-3', 'no')
    expect((await shop.pay(second.token)).get('step')).toBe('done')
  })

  test('nobody tries passwords here', async () => {
    const { id, token } = await shop.create()
    for (let n = 0; n < 4; n++) expect((await shop.signIn(token, '41614850-3', `try${n}`)).get('again')).toBe(true)
    expect((await shop.signIn(token, '41614850-3', 'try5')).body).toMatchObject({ problem: 'problem_tries', again: false })
    expect((await shop.get(id)).body).toMatchObject({ status: 'failed', error_reason: 'login_invalid_credentials' })
    expect((await shop.signIn(token)).get('step')).toBe('failed')
  })

  test.each([[1, 'problem_credentials_locked'], [2, 'problem_bank_down']])('magic user %i is told %s, and may choose another bank', async (row, problem) => {
    const { token } = await shop.create()
    expect((await shop.signIn(token, magic(row))).body).toMatchObject({ problem, again: true })
    expect((await shop.widget('open', { token })).get('step')).toBe('bank')
  })

  test('a bank that did it and lost the answer: nobody charges twice, and the truth comes', async () => {
    const { id, token } = await shop.create()
    expect((await shop.pay(token, 'acc_1', magic(8))).get('step')).toBe('done')
    await work()
    expect((await shop.get(id)).get('status')).toBe('succeeded')
    expect(toldOf(id).at(-1)?.type).toBe('payment_intent.succeeded')
  })

  test('a slow bank succeeds minutes after the widget was closed', async () => {
    const { id, token } = await shop.create()
    expect((await shop.pay(token, 'acc_1', magic(6))).get('step')).toBe('pending')
    shop.server.clock.advance(600_000)
    await work()
    expect(toldOf(id).map(({ type }) => type)).toEqual(['payment_intent.pending', 'payment_intent.succeeded'])
  })

  test('a bank that is silent for ten days: unresolved, no second try, and what it did after all goes back', async () => {
    const { id, token } = await shop.create()
    expect((await shop.pay(token, 'acc_1', magic(17))).get('step')).toBe('pending')
    for (let day = 0; day < 10; day++) {
      expect((await shop.get(id)).get('status')).toBe('pending')
      shop.server.clock.advance(86_400_000)
      await work()
    }
    expect((await shop.get(id)).body).toMatchObject({ status: 'failed', error_reason: 'unresolved_final_status' })
    expect(toldOf(id).at(-1)).toEqual({ type: 'payment_intent.failed', status: 'failed', reason: 'unresolved_final_status' })
    const failed = (await shop.get(id)).body
    // The bank's news were lost: it is asked once a day all the same, and has done it.
    shop.server.clock.advance(2 * 86_400_000)
    await work()
    // The shop has been told once that it was not paid, and that stays so: the money goes back, and the shop is told of that.
    expect((await shop.get(id)).body).toEqual(failed)
    expect(toldOf(id).map(({ type }) => type)).toEqual(['payment_intent.pending', 'payment_intent.failed'])
    const [refund] = (await shop.api('GET', `/v1/refunds?resource_id=${id}`)).body as { id: string }[]
    expect(refund).toMatchObject({ status: 'succeeded', amount: 1000, resource_id: id, failure_code: null })
    expect(toldOf(String(refund?.id)).map(({ type }) => type)).toEqual(['refund.in_progress', 'refund.succeeded'])
    expect((await shop.widget('open', { token })).body).toMatchObject({ step: 'failed', problem: 'problem_unresolved' })
    // There is nothing left to give back or to call off.
    for (const [path, body] of [['/v1/refunds', { resource_id: id }], [`/v1/refunds/${String(refund?.id)}/cancel`, {}]] as const) {
      expect((await shop.api('POST', path, body)).get('error.code')).toBe('operation_not_allowed')
    }
    expect(await audit(shop.server.db)).toMatchObject({ clean: true, findings: [] })
  })
})

describe('who leaves', () => {
  const hour = 3_600_000

  test('never opened: expired after ten minutes, and the token opens nothing', async () => {
    const { id, token } = await shop.create()
    shop.server.clock.advance(9 * 60_000)
    expect((await shop.widget('open', { token })).get('step')).toBe('bank')
    shop.server.clock.advance(61_000)
    expect((await shop.widget('open', { token })).body).toMatchObject({ problem: 'problem_expired', error: { code: 'expired_widget_token' } })
    await work()
    expect(toldOf(id)).toEqual([{ type: 'payment_intent.expired', status: 'expired', reason: null }])
  })

  test('closed after the sign-in: failed, user_left', async () => {
    const { id, token } = await shop.create()
    const flow = (await shop.signIn(token)).get('flow')
    expect((await shop.widget('leave', { token, flow })).get('status')).toBe('failed')
    await work()
    expect(toldOf(id)).toEqual([{ type: 'payment_intent.failed', status: 'failed', reason: 'user_left' }])
  })

  test('the tab died after the sign-in, or before the code: failed all the same', async () => {
    const [first, second] = await Promise.all([shop.create(), shop.create()])
    await shop.signIn(first.token)
    const flow = (await shop.signIn(second.token)).get('flow')
    await shop.widget('confirm', { token: second.token, flow, account: ACCOUNTS.sms })
    shop.server.clock.advance(hour)
    await work()
    expect(toldOf(first.id)).toEqual([{ type: 'payment_intent.failed', status: 'failed', reason: 'user_left' }])
    expect(toldOf(second.id).map(({ type }) => type)).toEqual(['payment_intent.failed'])
  })

  test('a payer at work may finish after the ten minutes', async () => {
    const { id, token } = await shop.create()
    shop.server.clock.advance(9.5 * 60_000)
    const flow = (await shop.signIn(token)).get('flow')
    shop.server.clock.advance(5 * 60_000)
    await work()
    await shop.widget('confirm', { token, flow, account: ACCOUNTS.sms })
    expect((await shop.widget('answer', { token, flow, code: ['0000'] })).get('step')).toBe('done')
    expect((await shop.get(id)).get('status')).toBe('succeeded')
  })
})

describe('the token', () => {
  test('opens again in the same browser, and not in another after the sign-in', async () => {
    const { token } = await shop.create()
    await shop.widget('open', { token })
    const flow = (await shop.signIn(token)).get('flow')
    expect((await shop.widget('open', { token, flow })).get('step')).toBe('account')
    expect((await shop.widget('open', { token })).body).toMatchObject({ problem: 'problem_used', error: { code: 'invalid_widget_token' } })
    expect((await shop.widget('confirm', { token, account: ACCOUNTS.sms })).get('problem')).toBe('problem_used')
    expect((await shop.widget('open', { token, flow: 'stolen' })).get('problem')).toBe('problem_used')
  })

  test('lets the browser that chose the flow sign in again, when it never heard that it had', async () => {
    const { token } = await shop.create()
    const flow = 'c0ffee'.repeat(6)
    const signIn = (more: object): Promise<Called> => shop.widget('sign_in', { token, institution: 'cl_banco_estado', username: '416148503', password: 'jonsnow', holder_type: 'individual', ...more })
    expect((await signIn({ flow })).body).toMatchObject({ step: 'account', flow })
    // The token was bound, and the server died before it could keep the login.
    await shop.server.db.query(`DELETE FROM sessions WHERE kind = 'widget_flow'`)
    expect((await shop.widget('open', { token, flow })).get('step')).toBe('bank')
    expect((await shop.widget('open', { token })).get('problem')).toBe('problem_used')
    expect((await signIn({ flow: 'decaff'.repeat(6) })).get('problem')).toBe('problem_used')
    expect((await signIn({})).get('problem')).toBe('problem_used')
    expect((await signIn({ flow })).body).toMatchObject({ step: 'account', flow })
    expect((await shop.widget('confirm', { token, flow, account: ACCOUNTS.sms })).get('step')).toBe('code')
  })

  test('takes no flow that could be guessed', async () => {
    const { token } = await shop.create()
    const signed = await shop.widget('sign_in', { token, institution: 'cl_banco_estado', username: '416148503', password: 'jonsnow', holder_type: 'individual', flow: '1' })
    expect(signed.get('flow')).toMatch(/^\w{32}$/)
  })

  test('belongs to its public key, merchant and mode', async () => {
    const { id, token } = await shop.create()
    for (const public_key of [shop.live.public_key, shop.other.public_key, 'pk_test_nobody', '', shop.keys.secret_key]) {
      expect((await shop.widget('open', { token, public_key })).body).toMatchObject({ problem: 'problem_token', error: { code: 'invalid_widget_token' } })
    }
    for (const bad of ['', id, `${id}_sec_guess`, `${token}x`, `${token}\u0000`, 'pi_sec_', null, 7]) expect((await shop.widget('open', { token: bad })).get('problem')).toBe('problem_token')
  })

  test('a flow belongs to its payment', async () => {
    const [first, second] = await Promise.all([shop.create(), shop.create()])
    const flow = (await shop.signIn(first.token)).get('flow')
    await shop.signIn(second.token)
    expect((await shop.widget('open', { token: second.token, flow })).get('problem')).toBe('problem_used')
  })

  test('pages of other sites cannot ask', async () => {
    const { token } = await shop.create()
    const asked = await shop.server.call('POST', `${shop.base}/v1/widget/open`, { json: { token, public_key: shop.keys.public_key, flow: '' }, headers: { 'sec-fetch-site': 'cross-site' } })
    expect(asked.status).toBe(400)
  })
})

test('what was typed is in no log, no table and no answer', async () => {
  const secret = 'S3cret-Pa55-zzz'
  const { token } = await shop.create()
  await shop.signIn(token, '41614850-3', secret)
  const flow = (await shop.signIn(token)).get('flow')
  await shop.widget('confirm', { token, flow, account: ACCOUNTS.sms })
  await shop.widget('answer', { token, flow, code: ['918273'] })
  const tables = await shop.server.db.query<{ name: string }>(`SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`)
  const rows = await Promise.all(tables.map(({ name }) => shop.server.db.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`)))
  const everything = [...shop.server.log, ...shop.server.answers, ...rows.flat().map(({ row }) => row)].join('\n')
  for (const typed of [secret, '918273', 'jonsnow']) expect(everything).not.toContain(typed)
  const stored = rows.flat().map(({ row }) => row).join('\n')
  expect(stored).not.toContain(token)
  expect(stored).not.toContain(String(flow))
  expect(shop.server.log.join('\n')).not.toContain(token)
})
