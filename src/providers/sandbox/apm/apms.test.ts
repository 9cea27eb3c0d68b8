import { beforeEach, describe, expect, it } from 'vitest'
import { money } from '../../../core/money.ts'
import type { ApmData, Operation, Outcome } from '../../contract.ts'
import { createMemoryBook, type Book } from '../book.ts'
import type { PageResponse } from '../pages/page.ts'
import { createSandbox, type Sandbox } from '../sandbox.ts'
import { countingIds, manualClock, never, operation, type ManualClock } from '../testing/support.ts'
import { APM_METHODS } from './methods.ts'
import { mask } from './wallet-page.ts'

const base_url = 'https://s.example/sandbox'
let clock: ManualClock
let book: Book
let sandbox: Sandbox

beforeEach(() => {
  clock = manualClock()
  book = createMemoryBook()
  sandbox = createSandbox({ book, clock, ids: countingIds(), base_url, schedule: clock.schedule })
})

const apm = (code: string, change: Partial<ApmData> = {}): ApmData => ({ type: 'apm', code, token: undefined, fields: {}, ...change })
const run = (code: string, minor: number, change: Partial<Operation> = {}, data: Partial<ApmData> = {}, currency = 'EUR'): Promise<Outcome> =>
  sandbox.apms.execute(operation({ key: 'a', method: 'apm', amount: money(minor, currency), instrument: apm(code, data), ...change }), never)
const inquire = (key = 'a') => sandbox.apms.inquire(key, never)

describe('methods that need no page', () => {
  it.each([[1, 'approved'], [9999, 'approved'], [10_000, 'processing'], [10_001, 'declined'], [19_999, 'declined'], [20_000, 'action_required']])(
    'the emulator answers %i with %s', async (minor, status) => {
      expect(await run('bogus', minor)).toMatchObject({ status })
    })

  it('pays a bill a little later, unless it is 999', async () => {
    const news: string[] = []
    sandbox.apms.onNews((key) => news.push(key))
    expect(await run('erip', 999, { key: 'no' }, {}, 'BYN')).toMatchObject({ status: 'declined' })
    expect(await run('erip', 1000, {}, { fields: { account_number: '17' } }, 'BYN')).toMatchObject({ status: 'action_required', action: { kind: 'wait' }, facts: { account: { account_number: '17' } } })
    await clock.pass(9_999)
    expect(await inquire()).toMatchObject({ status: 'action_required' })
    await clock.pass(1)
    expect(news).toEqual(['a'])
    expect(await inquire()).toMatchObject({ status: 'approved' })
  })

  it('lets a payer begin a bill at its kiosk, who has half an hour; a bill with the account number kiosk waits for one', async () => {
    const waiting = { status: 'action_required', action: { kind: 'wait' } }
    const opened = await run('erip', 1000, { merchant_name: 'Tea & Co' }, { fields: { account_number: 'kiosk 7' } }, 'BYN')
    const path = String(opened.facts.pay_url).slice(base_url.length)
    const post = async (form: Record<string, string>): Promise<PageResponse> => (await sandbox.pages({ method: 'POST', path, query: {}, form })) as PageResponse
    const sessionIn = ({ body }: PageResponse): string => /name="session" value="(\w+)"/.exec(body)?.[1] ?? 'none'
    await clock.pass(30 * 864e5)
    expect(await inquire()).toMatchObject(waiting)
    const news: string[] = []
    sandbox.apms.onNews((key) => news.push(key))
    const kiosk = await post({ decision: 'begin' })
    expect(kiosk.body).toContain('You are paying Tea &amp; Co')
    const session = sessionIn(kiosk)
    expect(await inquire()).toMatchObject({ status: 'processing', facts: { begun_at: clock.now().toISOString() } })
    expect(await sandbox.apms.abandon('a', never)).toMatchObject({ status: 'processing' })
    expect(sessionIn(await post({ decision: 'begin' }))).toBe('none')
    expect([(await post({ decision: 'pay', session: 'another' })).status, news]).toEqual([422, ['a']])
    await clock.pass(30 * 60_000)
    expect(news.length).toBeGreaterThan(1)
    expect(await inquire()).toMatchObject(waiting)
    expect((await inquire() as Outcome).facts.begun_at).toBeUndefined()
    expect((await post({ decision: 'pay', session })).status).toBe(422)
    const again = sessionIn(await post({ decision: 'begin' }))
    expect((await post({ decision: 'pay', session })).status).toBe(422)
    await post({ decision: 'cancel', session: again })
    expect(await inquire()).toMatchObject(waiting)
    expect((await post({ decision: 'pay', session: sessionIn(await post({ decision: 'begin' })) })).body).toContain('went through')
    expect(await inquire()).toMatchObject({ status: 'approved', amount: { minor: 1000n } })
  })

  it('knows the codes of a bank’s app', async () => {
    expect(await run('blik', 500, { key: 'b1' }, { fields: { blik_code: '777 123' } }, 'PLN')).toMatchObject({ status: 'approved' })
    expect(await run('blik', 500, { key: 'b2' }, { fields: { blik_code: '123456' } }, 'PLN')).toMatchObject({ status: 'declined', reason: 'invalid_otp' })
    expect(await run('blik', 500, { key: 'b3' }, {}, 'PLN')).toMatchObject({ reason: 'invalid_otp' })
  })

  it('takes only its currencies and what it knows', async () => {
    expect(await run('erip', 1000)).toMatchObject({ reason: 'not_permitted' })
    expect(await run('nothing', 1000, { key: 'n' })).toMatchObject({ reason: 'not_permitted' })
    const question = { kind: 'sale', method: 'apm', currency: 'EUR', mode: 'test' } as const
    expect(sandbox.apms.supports({ ...question, code: 'wallet' })).toBe(true)
    expect(sandbox.apms.supports({ ...question, code: 'pix' })).toBe(false)
    expect(sandbox.apms.supports({ ...question, mode: 'live' })).toBe(false)
    expect(new Set(APM_METHODS.map(({ code }) => code)).size).toBe(APM_METHODS.length)
  })

  it('charges a token again at once, by the same method only', async () => {
    const first = await run('bogus', 500, {}, { fields: { contract: ['recurring'] } })
    const token = first.facts.token
    expect(token).toMatch(/^apmt_/)
    expect(await run('bogus', 700, { key: 't1', initiator: 'merchant' }, { token })).toMatchObject({ status: 'approved', facts: { token } })
    expect(await run('bogus', 15_000, { key: 't2', initiator: 'merchant' }, { token })).toMatchObject({ status: 'declined' })
    expect(await run('wallet', 700, { key: 't3' }, { token })).toMatchObject({ status: 'declined', reason: 'token_not_found' })
    for (const wrong of ['x', 'apmt_', `${token}x`]) expect(await run('bogus', 700, { key: `w${wrong}` }, { token: wrong })).toMatchObject({ reason: 'token_not_found' })
  })

  it('refunds, pays out and credits', async () => {
    await run('bogus', 500)
    const refund = (key: string, minor: number) => run('bogus', minor, { key, kind: 'refund', parent_key: 'a', instrument: undefined })
    expect(await refund('r1', 300)).toMatchObject({ status: 'approved' })
    expect(await refund('r2', 201)).toMatchObject({ reason: 'invalid_amount' })
    expect(await run('bogus', 200, { key: 'v1', kind: 'void', parent_key: 'a', instrument: undefined })).toMatchObject({ reason: 'not_permitted' })
    expect(await run('wallet', 500, { key: 'p1', kind: 'payout' })).toMatchObject({ status: 'approved' })
    expect(await run('wallet', 999, { key: 'p2', kind: 'payout' })).toMatchObject({ reason: 'insufficient_funds' })
    expect(await run('wallet', 501, { key: 'p3', kind: 'payout', hints: { partial: true } })).toMatchObject({ status: 'approved', amount: { minor: 250n, currency: 'EUR' } })
    expect(await run('wallet', 500, { key: 'c1', kind: 'credit' }, { token: 'apmt_x' })).toMatchObject({ reason: 'token_not_found' })
  })
})

describe('pages', () => {
  const path = async (outcome: Promise<Outcome>): Promise<string> => {
    const answer = await outcome
    if (answer.status !== 'action_required' || answer.action.kind !== 'redirect') throw new Error(answer.status)
    expect(answer.action.method).toBe('GET')
    return answer.action.url.slice(base_url.length)
  }
  const get = (where: string): Promise<PageResponse> => visit('GET', where, {})
  const post = (where: string, form: Record<string, string>): Promise<PageResponse> => visit('POST', where, form)
  const visit = async (method: 'GET' | 'POST', where: string, form: Record<string, string>): Promise<PageResponse> => {
    const answer = await sandbox.pages({ method, path: where, query: {}, form, accept_language: 'de' })
    if (!answer) throw new Error('no page')
    return answer
  }

  it('the wallet pays after signing in', async () => {
    const where = await path(run('wallet', 1250, { payer: { email: 'pat@shop.example' } }, { fields: { recurring: true } }))
    expect((await get(where)).body).toContain('value="pat@shop.example"')
    expect((await post(where, { account: 'pat@shop.example', pin: '' })).status).toBe(422)
    const confirm = await post(where, { account: 'pat@shop.example', pin: '1234' })
    expect(confirm.body).toContain('Pay €12.50')
    expect(await inquire()).toMatchObject({ status: 'action_required' })
    const news: string[] = []
    sandbox.apms.onNews((key) => news.push(key))
    const back = await post(where, { decision: 'pay' })
    expect(back.headers.refresh).toBe('0; url=https://pay.example/return')
    expect(news).toEqual(['a'])
    expect(await inquire()).toMatchObject({ status: 'approved', facts: { account: { type: 'wallet', id: 'p••@shop.example' }, token: expect.stringMatching(/^apmt_/) as unknown } })
    expect((await get(where)).headers.refresh).toBeDefined()
    expect(JSON.stringify((await book.find('a'))?.notes)).not.toContain('pat@')
  })

  it('the wallet does not open without its PIN', async () => {
    const where = await path(run('wallet', 1250))
    for (const left of [2, 1]) expect((await post(where, { account: 'x', pin: '9' })).body).toContain(`Attempts left: ${left}`)
    await post(where, { account: 'x', pin: '9' })
    expect(await inquire()).toMatchObject({ status: 'declined', reason: 'authentication_failed' })
  })

  it.each([['poor@x', 'declined', 'insufficient_funds'], ['blocked@x', 'declined', 'account_locked'], ['limit@x', 'declined', 'limit_exceeded'], ['slow@x', 'processing', undefined]])(
    'the wallet of %s is %s', async (account, status, reason) => {
      const where = await path(run('wallet', 1250))
      await post(where, { account, pin: '1234' })
      await post(where, { decision: 'pay' })
      expect(await inquire()).toMatchObject({ status, ...(reason && { reason }) })
      await clock.pass(10_000)
      expect(await inquire()).toMatchObject({ status: status === 'processing' ? 'approved' : status })
    })

  it.each([['ready', 'approved'], ['slow', 'processing'], ['empty', 'declined'], ['closed', 'declined']])('the bank %s makes it %s', async (bank, status) => {
    const where = await path(run('bank_transfer', 1250))
    expect((await post(where, { decision: 'pay' })).status).toBe(422)
    await post(where, { decision: 'pay', bank })
    expect(await inquire()).toMatchObject({ status })
  })

  it.each(['wallet', 'bank_transfer', 'voucher', 'bogus'])('%s can be cancelled, once', async (code) => {
    const where = await path(run(code, 20_000))
    await post(where, { decision: 'cancel' })
    expect(await inquire()).toMatchObject({ status: 'declined', reason: 'payer_rejected' })
    await post(where, { decision: 'pay', bank: 'ready' })
    expect(await inquire()).toMatchObject({ status: 'declined' })
  })

  it.each([['approve', 'approved'], ['decline', 'declined'], ['later', 'processing']])('the emulator can be told to %s', async (decision, status) => {
    await post(await path(run('bogus', 20_000)), { decision })
    expect(await inquire()).toMatchObject({ status })
  })

  it.each(['wallet', 'bank_transfer', 'voucher', 'bogus'])('the page of %s says whom the payer pays, escaped', async (code) => {
    const where = await path(run(code, 25_000, { merchant_name: 'Tea <& Co>' }))
    expect((await get(where)).body).toContain('You are paying Tea &lt;&amp; Co&gt;')
    expect((await get(await path(run(code, 25_000, { key: 'nobody' })))).body).not.toContain('You are paying')
  })

  it('a voucher is paid at the kiosk, days later', async () => {
    const where = await path(run('voucher', 1250, { payer: { language: 'es' }, merchant_name: 'Teatro' }))
    const shown = await get(where)
    expect(shown.body).toContain('<svg')
    expect(shown.headers['content-security-policy']).toContain("connect-src 'self'")
    expect(JSON.parse((await get(`${where}/status`)).body)).toEqual({ status: 'action_required' })
    await clock.pass(2 * 864e5)
    const kiosk = (await get(`${where}/kiosk`)).body
    expect(kiosk).toContain('Introducir 12,50')
    expect(kiosk).toContain('Está pagando a Teatro')
    expect((await post(`${where}/kiosk`, { decision: 'pay' })).body).toMatch(/<h1[^>]*>Pagado</)
    expect(JSON.parse((await get(`${where}/status`)).body)).toEqual({ status: 'approved' })
    expect(await inquire()).toMatchObject({ status: 'approved' })
    const again = (await post(`${where}/kiosk`, { decision: 'pay' })).body
    expect(again).toMatch(/<h1[^>]*>Pagado</)
    for (const wrong of ['Pagar en el quiosco', 'Está pagando', '<form']) expect(again).not.toContain(wrong)
  })

  it('a voucher ends with its time, a page too, and both can be given up', async () => {
    const voucher = await path(run('voucher', 1250, { key: 'v' }))
    const wallet = await path(run('wallet', 1250, { key: 'w' }))
    await path(run('wallet', 1250, { key: 'g' }))
    expect(await sandbox.apms.abandon('g', never)).toMatchObject({ reason: 'not_completed' })
    await clock.pass(60 * 60_000)
    expect((await post(wallet, { account: 'x', pin: '1234' })).body).toContain('did not go through')
    expect(await inquire('w')).toMatchObject({ reason: 'not_completed' })
    expect(await inquire('v')).toMatchObject({ status: 'action_required' })
    await clock.pass(3 * 864e5)
    const late = (await post(`${voucher}/kiosk`, { decision: 'pay' })).body
    expect(late).toContain('<h1>Nothing to do here</h1>')
    expect(late).not.toContain('Paid')
    expect(await inquire('v')).toMatchObject({ reason: 'not_completed' })
  })

  it('the merchant’s test decides, whatever the payer does', async () => {
    const where = await path(run('wallet', 1250, { hints: { expected_bank_code: 'F.0115' } }))
    await post(where, { account: 'x', pin: '1234' })
    await post(where, { decision: 'pay' })
    expect(await inquire()).toMatchObject({ status: 'declined', reason: 'fraud_suspected' })
  })

  it('may be framed only when the merchant asked for it', async () => {
    const alone = await get(await path(run('wallet', 1250, { key: 'alone' })))
    const framed = await get(await path(run('wallet', 1250, { key: 'framed', hints: { iframe: true } })))
    expect(alone.headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(framed.headers['content-security-policy']).toContain('frame-ancestors *')
    expect(framed.body).toContain('class="compact"')
  })

  it('never sends the browser to anything but a web address', async () => {
    const where = await path(run('wallet', 1250, { return_url: 'javascript:alert(1)' }))
    const back = await post(where, { decision: 'cancel' })
    expect(back.body + String(back.headers.refresh)).not.toContain('javascript:')
    const voucher = await path(run('voucher', 1250, { key: 'v', return_url: 'javascript:alert(1)' }))
    expect((await get(voucher)).body).not.toContain('javascript:')
  })

  it('has nothing for strangers', async () => {
    const where = await path(run('wallet', 1250))
    for (const wrong of ['/apm/unknown', '/apm', `${where}/kiosk`, `${where}/status`, `${where}/x/y`]) expect((await get(wrong)).status).toBe(404)
  })

  it('masks who paid', () => {
    expect([mask('pat@shop.example'), mask('+56912345678'), mask('ab')]).toEqual(['p••@shop.example', '••••5678', '••••ab'])
  })
})
