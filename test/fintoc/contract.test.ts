import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Called } from '../support/server.ts'
import { ACCOUNTS, createShop, INTENT, MEXICAN, RECIPIENT, type Shop } from './support.ts'

let shop: Shop
beforeAll(async () => {
  shop = await createShop()
})
afterAll(() => shop.close())

/** One request as raw bytes, and what came back. */
function raw(request: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const { hostname, port } = new URL(shop.base)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(request))
    let text = ''
    socket.on('data', (chunk) => (text += String(chunk)))
    socket.on('error', reject)
    socket.on('close', () => resolve({ status: Number(text.split(' ')[1]), body: JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)) as Record<string, unknown> }))
  })
}

const bytes = (headers: readonly string[], body: string): string =>
  ['POST /fintoc/v1/payment_intents HTTP/1.1', `Host: ${new URL(shop.base).host}`, `Authorization: ${shop.keys.secret_key}`, 'Connection: close', `Content-Length: ${Buffer.byteLength(body)}`, ...headers, '', body].join('\r\n')

describe('the four samples of the guide, byte for byte as they are sent', () => {
  const spread = '{\n"amount": 1000,\n"currency": "CLP",\n"recipient_account": {\n"holder_id": "111111111",\n"number": "123123123",\n"type": "checking_account",\n"institution_id": "cl_banco_de_chile"\n}\n}'
  const close = '{"amount":1000,"currency":"clp","recipient_account":{"holder_id":"111111111","number":"123123123","type":"checking_account","institution_id":"cl_banco_de_chile"}}'
  const python = close.replaceAll('":', '": ').replaceAll(',"', ', "')
  test.each([
    ['curl', ['User-Agent: curl/7.79.1', 'Accept: */*', 'Content-Type: application/json'], spread],
    ['node-fetch', ['Content-Type: application/json', 'Accept: */*', 'User-Agent: node-fetch', 'Accept-Encoding: gzip,deflate'], close],
    ['requests', ['User-Agent: python-requests/2.26.0', 'Accept-Encoding: gzip, deflate', 'Accept: application/json', 'Content-Type: application/json'], python],
    ['Net::HTTP, which calls it a form', ['Accept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3', 'Accept: application/json', 'User-Agent: Ruby', 'Content-Type: application/x-www-form-urlencoded'], close],
  ])('%s', async (_, headers, body) => {
    const { status, body: intent } = await raw(bytes(headers, body))
    expect(status).toBe(201)
    expect(Object.keys(intent).slice(0, 11)).toEqual(['id', 'object', 'amount', 'currency', 'widget_token', 'status', 'metadata', 'reference_id', 'recipient_account', 'sender_account', 'created_at'])
    expect(intent).toMatchObject({ object: 'payment_intent', amount: 1000, currency: 'CLP', status: 'created', metadata: {}, reference_id: null, recipient_account: RECIPIENT, sender_account: null })
    expect(intent['id']).toMatch(/^pi_[0-9A-Za-z]{16}$/)
    expect(intent['widget_token']).toMatch(new RegExp(`^${String(intent['id'])}_sec_[0-9A-Za-z]+$`))
    expect(intent['created_at']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  })
})

describe('payment intents', () => {
  test('carry the later fields too', async () => {
    const made = await shop.api('POST', '/v1/payment_intents', {
      ...INTENT, customer_email: 'ann@shop.example', metadata: { order: 'A-1', gift: true, items: 3 }, business_profile: { name: 'Flores', category: '009613', tax_id: '771433855' },
      sender_account: { holder_id: '192769065' }, idempotency_key: 'left in the body', path_: '/v1/payment_intents',
    })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({
      mode: 'test', customer_email: 'ann@shop.example', transaction_date: null, error_reason: null, business_profile: { name: 'Flores', category: '009613', tax_id: '771433855' },
      expires_at: null, payment_type: 'bank_transfer', payment_type_options: {}, metadata: { order: 'A-1', gift: true, items: 3 },
    })
    const again = await shop.get(String(made.get('id')))
    expect(again.body).toEqual({ ...(made.body as object), widget_token: null })
  })

  test.each([['111111111', '111111111'], ['11.111.111-1', '111111111'], ['11 111 111‑1', '111111111'], ['10.000.013-k', '10000013k'], ['10000013K', '10000013K']])('take a RUT as people write it: %s is %s', async (holder_id, shown) => {
    const made = await shop.api('POST', '/v1/payment_intents', { ...INTENT, recipient_account: { ...RECIPIENT, holder_id } })
    expect(made.get('recipient_account.holder_id')).toBe(shown)
  })

  test('take metadata up to its limits', async () => {
    const metadata = { ...Object.fromEntries(Array.from({ length: 46 }, (_, n) => [`k${n}`, n])), ['k'.repeat(40)]: 'v'.repeat(500), ['🧾'.repeat(40)]: '🧾'.repeat(500), no: false, written: '\\u0000' }
    expect((await shop.api('POST', '/v1/payment_intents', { ...INTENT, metadata })).get('metadata')).toEqual(metadata)
  })

  test('take MXN to a CLABE', async () => {
    const made = await shop.api('POST', '/v1/payment_intents', { amount: 15_000, currency: 'mxn', recipient_account: { ...MEXICAN, number: '646180157000000004' }, reference_number: '1234567' })
    expect(made.body).toMatchObject({ amount: 15_000, currency: 'MXN', recipient_account: { holder_id: 'mfiu593501oe4', institution_id: 'mx_stp' } })
  })

  test('are paid by a bank transfer', async () => {
    const { id, token } = await shop.create()
    expect((await shop.pay(token)).get('step')).toBe('done')
    expect((await shop.get(id)).body).toMatchObject({
      status: 'succeeded', error_reason: null, widget_token: null, reference_id: expect.stringMatching(/^\d{12}$/) as unknown, transaction_date: expect.stringMatching(/Z$/) as unknown,
      sender_account: { holder_id: '416148503', number: '170086177', type: 'checking_account', institution_id: 'cl_banco_estado' },
    })
  })

  test('are listed by page, filter and date, with links that repeat them', async () => {
    for (let n = 0; n < 5; n++) await shop.create({ metadata: { n } })
    const first = await shop.api('GET', '/v1/payment_intents?per_page=2&status=created&since=2020-01-01')
    expect(first.body).toHaveLength(2)
    const link = first.headers.get('link') ?? ''
    expect(link).toMatch(/^<http:\/\/127\.0\.0\.1:\d+\/fintoc\/v1\/payment_intents\?per_page=2&status=created&since=2020-01-01&page=1>; rel="first", <[^,]+&page=2>; rel="next", <[^,]+>; rel="last"$/)
    expect(Number(first.headers.get('x-total-count'))).toBeGreaterThanOrEqual(5)
    const next = /<([^>]+)>; rel="next"/.exec(link)?.[1] ?? ''
    const second = await shop.server.call('GET', next, { headers: { authorization: shop.keys.secret_key } })
    expect(second.headers.get('link')).toContain('rel="prev"')
    const ids = [...(first.body as { id: string }[]), ...(second.body as { id: string }[])].map(({ id }) => id)
    expect(new Set(ids).size).toBe(4)
    expect((await shop.api('GET', '/v1/payment_intents?until=2020-01-01')).body).toEqual([])
    const paid = await shop.api('GET', '/v1/payment_intents?status=succeeded')
    expect((paid.body as { status: string }[]).every(({ status }) => status === 'succeeded')).toBe(true)
  })

  test('expire on demand, once, with an empty body, an empty object or the noise of a client', async () => {
    for (const body of [undefined, {}, { path_: '/v1/x' }]) {
      const { id } = await shop.create()
      const expired = await shop.api('POST', `/v1/payment_intents/${id}/expire`, body)
      expect(expired.status).toBe(201)
      expect(expired.body).toMatchObject({ id, status: 'expired', error_reason: 'manually_expired' })
      expect((await shop.api('POST', `/v1/payment_intents/${id}/expire`)).get('error.code')).toBe('operation_not_allowed')
    }
  })

  test('are checked for eligibility', async () => {
    const ask = (amount: number, sender_account: object): Promise<unknown> => shop.api('POST', '/v1/payment_intents/check_eligibility', { amount, currency: 'clp', sender_account }).then(({ body }) => body)
    expect(await ask(1000, { holder_id: '416148503', institution_id: 'cl_banco_estado' })).toEqual({ eligible_payment: true, error: null })
    expect(await ask(8_000_000, { institution_id: 'cl_banco_estado' })).toMatchObject({ eligible_payment: false, error: { type: 'amount_error' } })
    expect(await ask(300_000, { holder_id: '416148503' })).toMatchObject({ eligible_payment: false, error: { type: 'new_contact_error' } })
    expect(await ask(300_000, { institution_id: 'cl_banco_estado' })).toMatchObject({ eligible_payment: true })
    // Each bank has bounds of its own.
    expect(await ask(6_000_000, { institution_id: 'cl_banco_bci' })).toMatchObject({ eligible_payment: true })
    expect(await ask(6_000_000, { institution_id: 'cl_banco_estado' })).toMatchObject({ eligible_payment: false, error: { type: 'amount_error' } })
  })
})

describe('keys, modes and versions', () => {
  test('the key stands alone, or after Bearer', async () => {
    expect((await shop.api('GET', '/v1/whoami', undefined, { authorization: `Bearer ${shop.keys.secret_key}` })).body).toMatchObject({ object: 'organization', mode: 'test', name: 'Demo Shop' })
    const keys = await shop.api('GET', '/v1/api_keys')
    expect(keys.body).toHaveLength(2)
    expect(keys.text).not.toContain(shop.keys.secret_key)
  })

  test.each([
    ['no key', '', 'authentication'],
    ['an unknown key', 'sk_test_nobody', 'invalid_api_key'],
    ['a public key', 'pk_test_TenderDemo00000000000000000000A', 'invalid_api_key_mode'],
    ['a very long key', `sk_test_${'x'.repeat(500)}`, 'invalid_api_key'],
  ])('%s is refused', async (_, authorization, code) => {
    const refused = await shop.api('GET', '/v1/payment_intents', undefined, { authorization })
    expect(refused.status).toBe(401)
    expect(refused.body).toEqual({ error: { type: 'authentication_error', code, message: expect.any(String) as unknown, param: null, doc_url: null } })
  })

  test('one mode never sees the other, nor one merchant another', async () => {
    const { id, token } = await shop.create()
    await shop.pay(token)
    const refund = await shop.api('POST', '/v1/refunds', { resource_id: id, amount: 1 })
    const endpoint = await shop.listen('/modes')
    for (const authorization of [shop.live.secret_key, shop.other.secret_key]) {
      for (const path of [`payment_intents/${id}`, `refunds/${String(refund.get('id'))}`, `webhook_endpoints/${endpoint.id}`]) {
        const found = await shop.api('GET', `/v1/${path}`, undefined, { authorization })
        expect([found.status, found.get('error.code')]).toEqual([404, 'missing_resource'])
      }
      expect((await shop.api('GET', '/v1/payment_intents', undefined, { authorization })).body).toEqual([])
      expect((await shop.api('POST', '/v1/refunds', { resource_id: id }, { authorization })).status).toBe(404)
    }
  })

  test('versions are known or refused, and v2 needs a late one', async () => {
    const at = (version: string, path = '/v1/payment_intents'): Promise<number> => shop.api('GET', path, undefined, { 'fintoc-version': version }).then(({ status }) => status)
    expect(await at('2021-03-23')).toBe(200)
    expect(await at('2026-02-01', '/v2/checkout_sessions')).toBe(200)
    expect(await at('2021-03-23', '/v2/checkout_sessions')).toBe(403)
    expect((await shop.api('GET', '/v1/whoami', undefined, { 'fintoc-version': '1999-01-01' })).get('error.code')).toBe('invalid_api_version')
  })
})

describe('refunds', () => {
  test('go from created to succeeded, and can be canceled before', async () => {
    const { id, token } = await shop.create()
    await shop.pay(token)
    const part = await shop.api('POST', '/v1/refunds', { resource_id: id, resource_type: 'payment_intent', amount: 300, metadata: { why: 'late' } })
    expect(part.status).toBe(201)
    expect(part.body).toMatchObject({ object: 'refund', amount: 300, currency: 'CLP', status: 'created', resource_id: id, resource_type: 'payment_intent', mode: 'test', metadata: { why: 'late' }, failure_code: null })
    expect((await shop.api('POST', '/v1/refunds', { resource_id: id, amount: 701 })).get('error.code')).toBe('invalid_amount')
    const rest = await shop.api('POST', '/v1/refunds', { resource_id: id })
    expect(rest.get('amount')).toBe(700)
    const canceled = await shop.api('POST', `/v1/refunds/${String(rest.get('id'))}/cancel`, {})
    expect(canceled.get('status')).toBe('canceled')
    shop.server.clock.advance(6_000)
    await shop.server.work()
    expect((await shop.api('GET', `/v1/refunds/${String(part.get('id'))}`)).get('status')).toBe('succeeded')
    expect((await shop.api('POST', `/v1/refunds/${String(part.get('id'))}/cancel`)).get('error.code')).toBe('operation_not_allowed')
    expect((await shop.api('GET', `/v1/refunds?resource_id=${id}`)).body).toHaveLength(2)
  })

  test('need a succeeded payment', async () => {
    const { id } = await shop.create()
    expect((await shop.api('POST', '/v1/refunds', { resource_id: id })).get('error.code')).toBe('operation_not_allowed')
    expect((await shop.api('POST', '/v1/refunds', { resource_id: 'pi_nobody' })).status).toBe(404)
  })
})

describe('webhook endpoints', () => {
  test('are made, read, changed and removed; the secret is shown once', async () => {
    const made = await shop.api('POST', '/v1/webhook_endpoints', { url: 'https://shop.example/hooks', enabled_events: ['payment_intent.succeeded', 'link.credentials_changed'], description: 'main' })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ object: 'webhook_endpoint', status: 'enabled', disabled: false, mode: 'test', description: 'main', secret: expect.stringMatching(/^whsec_\w{32}$/) as unknown })
    const path = `/v1/webhook_endpoints/${String(made.get('id'))}`
    expect((await shop.api('GET', path)).get('secret')).toBeNull()
    expect((await shop.api('PATCH', path, { disabled: true })).body).toMatchObject({ disabled: true, status: 'disabled', url: 'https://shop.example/hooks' })
    expect((await shop.api('PUT', path, { status: 'enabled', enabled_events: ['refund.failed'] })).body).toMatchObject({ disabled: false, enabled_events: ['refund.failed'] })
    const removed = await shop.server.call('DELETE', `${shop.base}${path}?update=function%20x&delete=y`, { headers: { authorization: shop.keys.secret_key, 'content-type': 'application/json' } })
    expect(removed.status).toBe(200)
    expect(removed.body).toMatchObject({ object: 'webhook_endpoint' })
    expect((await shop.api('GET', path)).status).toBe(404)
  })
})

/** A browser at a hosted page: each visit has its own token. */
async function visit(id: string): Promise<string> {
  expect((await shop.server.call('GET', `${shop.base}/${id.startsWith('cs_') ? 'checkout' : 'pay'}/${id}`)).text).toContain(`"token":"${id}"`)
  return String((await shop.widget('open', { token: id, public_key: '' })).get('token'))
}

describe('checkout sessions and payment links', () => {
  const session = { amount: 2500, currency: 'CLP', success_url: 'https://shop.example/ok', cancel_url: 'https://shop.example/no', customer_email: 'a@b.cl' }

  test('a session is a payment asked for in another way', async () => {
    const made = await shop.api('POST', '/v1/checkout_sessions', { ...session, payment_methods: ['payment_intent'], payment_method_options: { payment_intent: { recipient_account: RECIPIENT } } })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ object: 'checkout_session', status: 'created', flow: 'payment', payment_resource: null, redirect_url: `${shop.base}/checkout/${String(made.get('id'))}`, session_token: expect.stringMatching(/^cs_\w+_sec_/) as unknown })
    const paid = await shop.pay(String(made.get('session_token')), ACCOUNTS.sms)
    expect(paid.get('step')).toBe('done')
    expect((await shop.api('GET', `/v1/checkout_sessions/${String(made.get('id'))}`)).body).toMatchObject({ status: 'finished', session_token: null, payment_resource: { payment_intent: { status: 'succeeded' } } })
  })

  test('and expires on demand; v2 takes its own names', async () => {
    const made = await shop.api('POST', '/v2/checkout_sessions', { ...session, payment_method_types: ['bank_transfer'], payment_method_options: { bank_transfer: { recipient_account: RECIPIENT } } }, { 'fintoc-version': '2026-02-01' })
    const expired = await shop.api('POST', `/v1/checkout_sessions/${String(made.get('id'))}/expire`, { path_: 'x' })
    expect(expired.get('status')).toBe('expired')
    expect((await shop.api('GET', '/v1/checkout_sessions')).body).toHaveLength(2)
  })

  test('a session’s page opened again and again gives no more tries at a password', async () => {
    const made = await shop.api('POST', '/v1/checkout_sessions', { ...session, recipient_account: RECIPIENT })
    const wrong = async (): Promise<unknown> => {
      const token = await visit(String(made.get('id')))
      return (await shop.widget('sign_in', { token, public_key: '', institution: 'cl_banco_estado', username: '41614850-3', password: 'guess' })).get('problem')
    }
    expect([await wrong(), await wrong(), await wrong(), await wrong(), await wrong()]).toEqual([...Array<string>(4).fill('problem_credentials'), 'problem_tries'])
    expect((await shop.api('GET', `/v1/checkout_sessions/${String(made.get('id'))}`)).get('payment_resource.payment_intent.error_reason')).toBe('login_invalid_credentials')
  })

  test('a session’s page in a second window: the payment goes on in the first', async () => {
    const made = await shop.api('POST', '/v1/checkout_sessions', { ...session, recipient_account: RECIPIENT })
    const id = String(made.get('id'))
    const [first, second] = [await visit(id), await visit(id)]
    const flow = (await shop.widget('sign_in', { token: first, public_key: '', institution: 'cl_banco_estado', username: '41614850-3', password: 'jonsnow' })).get('flow')
    // Nothing is under way yet: a payer may change to another device.
    expect((await shop.widget('open', { token: second, public_key: '' })).get('step')).toBe('bank')
    expect((await shop.widget('confirm', { token: first, public_key: '', flow, account: ACCOUNTS.sms })).get('step')).toBe('code')
    for (const name of ['open', 'state', 'answer', 'leave']) expect((await shop.widget(name, { token: second, public_key: '', code: ['0000'] })).get('problem')).toBe('problem_used')
    expect((await shop.widget('answer', { token: first, public_key: '', flow, code: ['0000'] })).get('step')).toBe('done')
    expect((await shop.widget('open', { token: second, public_key: '' })).get('step')).toBe('done')
  })

  test('a link makes a payment for each payer, until it is canceled', async () => {
    const made = await shop.api('POST', '/v1/payment_links', { amount: 900, currency: 'CLP', recipient_account: RECIPIENT, checkout: { description: 'Ramo' } })
    const id = String(made.get('id'))
    expect(made.body).toMatchObject({ object: 'payment_link', status: 'active', url: `${shop.base}/pay/${id}`, checkout: { description: 'Ramo' }, expires_at: null })
    const opened = await shop.widget('open', { token: id, public_key: '' })
    expect(opened.body).toMatchObject({ step: 'bank', token: expect.stringMatching(/^pi_/) as unknown, summary: { amount: '$900' } })
    // It is opened on our page only, which needs no key.
    for (const { public_key } of [shop.keys, shop.other]) expect((await shop.widget('open', { token: id, public_key })).get('problem')).toBe('problem_token')
    expect((await shop.api('PATCH', `/v1/payment_links/${id}/cancel`, {})).get('status')).toBe('canceled')
    expect((await shop.widget('open', { token: id, public_key: '' })).get('problem')).toBe('problem_expired')
    expect((await shop.api('GET', '/v1/payment_links')).body).toHaveLength(1)
  })

  test('hosted pages that are only looked at, or opened without end, leave no rows without end', async () => {
    const [link, checkout] = await Promise.all([shop.api('POST', '/v1/payment_links', INTENT), shop.api('POST', '/v1/checkout_sessions', INTENT)])
    // However long this takes, no time passes: openings are counted by time.
    const now = shop.server.clock.now()
    const clock = vi.spyOn(shop.server.clock, 'now').mockReturnValue(now)
    const before = await shop.server.rowCounts()
    const rows = async (): Promise<number> => Object.entries(await shop.server.rowCounts()).reduce((sum, [table, count]) => sum + Math.max(0, count - (before[table] ?? 0)), 0)
    for (let n = 0; n < 5; n++) for (const made of [link, checkout]) await shop.server.call('GET', String(made.get('url') ?? made.get('redirect_url')))
    expect(await rows()).toBe(0)
    for (const made of [link, checkout]) {
      const opened = await Promise.all(Array.from({ length: 130 }, () => shop.widget('open', { token: made.get('id'), public_key: '' })))
      expect(opened.filter(({ status }) => status === 200)).toHaveLength(100)
      expect(opened.filter(({ status }) => status === 429).map(({ body }) => body)).toEqual(Array(30).fill({ problem: 'problem_busy', again: true, error: expect.objectContaining({ code: 'rate_limit_exceeded' }) as unknown }))
      // Who is in already goes on.
      expect((await shop.widget('open', { token: opened.find(({ status }) => status === 200)?.get('token'), public_key: '' })).get('step')).toBe('bank')
    }
    clock.mockReturnValue(new Date(now.getTime() + 3_000))
    expect([await visit(String(link.get('id'))), await visit(String(checkout.get('id')))]).toEqual([expect.stringMatching(/^pi_\w+_sec_/), expect.stringMatching(/^cs_\w+_sec_/)])
    expect((await shop.widget('open', { token: link.get('id'), public_key: '' })).status).toBe(429)
    clock.mockRestore()
  })
})

test('institutions are data', async () => {
  const all = await shop.api('GET', '/v1/institutions?country=cl')
  expect(all.body).toContainEqual({ id: 'cl_banco_estado', country: 'cl', name: 'Banco Estado', object_name: 'institution', type: 'bank', products: expect.arrayContaining([{ name: 'payments', holder_type: 'individual' }]) as unknown })
})

test('the script is there with and without the slash, small and from any page', async () => {
  for (const path of ['/v1', '/v1/', '/v1/?x=1']) {
    const script = await shop.server.call('GET', `${shop.base}${path}`)
    expect(script.headers.get('content-type')).toContain('javascript')
    expect(gzipSync(script.text).length).toBeLessThan(6 * 1024)
  }
})

test('the pages of payers have a strict policy, and only the widget’s frame may be embedded', async () => {
  const link = await shop.api('POST', '/v1/payment_links', INTENT)
  const session = await shop.api('POST', '/v1/checkout_sessions', INTENT)
  const frame = `${shop.base}/v1/widget?public_key=${shop.keys.public_key}`
  for (const address of [String(link.get('url')), String(session.get('redirect_url')), `${shop.base}/checkout/cs_nobody`, `${shop.base}/pay/x`, `${shop.base}/widget.html?widget_token=x`, frame]) {
    const page = await shop.server.call('GET', address)
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(page.status).toBe(200)
    expect(policy).toContain(`default-src 'none'`)
    expect(policy).not.toMatch(/unsafe-(?:inline|eval)/)
    expect(policy).toContain(address === frame ? 'frame-ancestors *' : `frame-ancestors 'none'`)
  }
  await shop.server.tender.merchants.updateSettings('mer_demo', 'fintoc', { origins: ['https://flores.example'] })
  expect((await shop.server.call('GET', frame)).headers.get('content-security-policy')).toContain('frame-ancestors https://flores.example')
  await shop.server.tender.merchants.updateSettings('mer_demo', 'fintoc', { origins: [] })
})

test('at a host of its own the API is at the root, and every address says so', async () => {
  const own = await createShop({ env: { TENDER_HOSTS: 'fintoc=pay.test', TENDER_TRUST_PROXY: 'on' } })
  const { port } = new URL(own.server.url)
  const ask = (path: string, ...headers: string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.write([`GET ${path} HTTP/1.1`, 'Host: pay.test', `Authorization: ${own.keys.secret_key}`, 'Connection: close', ...headers, '', ''].join('\r\n')))
      let text = ''
      socket.on('data', (chunk) => (text += String(chunk)))
      socket.on('error', reject)
      socket.on('close', () => resolve(text))
    })
  expect(await ask('/v1/payment_intents?per_page=1')).toMatch(/link: <http:\/\/pay\.test\/v1\/payment_intents\?per_page=1&page=1>; rel="first"/i)
  // The Ruby client follows a link only if it is https, which the proxy in front of us speaks.
  expect(await ask('/v1/refunds', 'X-Forwarded-Proto: https', 'X-Forwarded-Host: pay.test')).toMatch(/link: <https:\/\/pay\.test\/v1\/refunds\?page=1>; rel="first"/i)
  expect(await ask('/v1/')).toContain('Fintoc')
  expect(await ask(`/v1/widget?public_key=${own.keys.public_key}`)).toContain('"base":"/v1/widget/"')
  // Whoever stands in front of us, the payer's address is kept as people write it.
  const post = (path: string, json: object): Promise<Called> => own.server.call('POST', `${own.server.url}/fintoc/v1/${path}`, { json, headers: { authorization: own.keys.secret_key, 'x-forwarded-for': '::ffff:203.0.113.7' } })
  const token = (await post('payment_intents', INTENT)).get('widget_token')
  const payer = { token, public_key: own.keys.public_key, institution: 'cl_banco_estado', username: '416148503', password: 'jonsnow', account: ACCOUNTS.sms }
  const { flow } = (await post('widget/sign_in', payer)).body as { flow: string }
  await post('widget/confirm', { ...payer, flow })
  expect(await own.server.db.query(`SELECT request->>'client_ip' AS ip FROM attempts`)).toEqual([{ ip: '203.0.113.7' }])
  await own.close()
})

describe('what clients rely on', () => {
  test('a slash at the end is no redirect, on any method', async () => {
    const made = await shop.api('POST', '/v1/payment_intents/', INTENT)
    expect(made.status).toBe(201)
    expect((await shop.api('GET', `/v1/payment_intents/${String(made.get('id'))}/`)).status).toBe(200)
    expect((await shop.api('GET', '/v1/payment_intents/?per_page=1')).status).toBe(200)
  })

  test('times are of the form that the Python client parses, and no object has a member that it cannot take', async () => {
    const { id, token } = await shop.create()
    await shop.pay(token)
    const refund = await shop.api('POST', '/v1/refunds', { resource_id: id, amount: 1 })
    await shop.api('POST', '/v1/payment_links', { ...INTENT, expires_at: '2099-12-31T10:00:00-03:00' })
    await shop.api('POST', '/v1/checkout_sessions', INTENT)
    await shop.listen('/shapes')
    const bodies = await Promise.all(['payment_intents', 'refunds', 'webhook_endpoints', 'payment_links', 'checkout_sessions', 'events', 'institutions', 'api_keys'].map((name) => shop.api('GET', `/v1/${name}`).then(({ body }) => body as Record<string, unknown>[])))
    const objects = [...bodies.flat(), refund.body as Record<string, unknown>]
    expect(bodies.every((rows) => rows.length > 0)).toBe(true)
    for (const object of objects) for (const reserved of ['client', 'handlers', 'methods', 'path']) expect(object).not.toHaveProperty(reserved)
    const times = objects.flatMap((object) => Object.entries(object).filter(([name, value]) => /_at$|_date$/.test(name) && value !== null))
    expect(times.length).toBeGreaterThan(objects.length / 2)
    for (const [, time] of times) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/)
  })

  test('links carry no comma, repeat every filter and name the host that was called', async () => {
    const { port } = new URL(shop.base)
    const answer = await fetch(`http://localhost:${port}/fintoc/v1/payment_intents?per_page=1&since=2020-01-01T00:00:00Z&x=a,b`, { headers: { authorization: shop.keys.secret_key } })
    const entries = (answer.headers.get('link') ?? '').split(',')
    expect(entries.map((entry) => /rel="(\w+)"$/.exec(entry)?.[1])).toEqual(['first', 'next', 'last'])
    for (const entry of entries) expect(entry.trim()).toMatch(new RegExp(`^<http://localhost:${port}/fintoc/v1/payment_intents\\?per_page=1&since=2020-01-01T00%3A00%3A00Z&x=a%2Cb&page=\\d+>; `))
  })

  test('since and until are inclusive', async () => {
    const { id } = await shop.create()
    const at = String((await shop.get(id)).get('created_at'))
    expect((await shop.api('GET', `/v1/payment_intents?since=${at}&until=${at}`)).get('0.id')).toBe(id)
  })

  test.each(['', ';;;', 'json', 'text/plain; charset=', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded'])('JSON is JSON, also as "%s"', async (type) => {
    expect((await raw(bytes([`Content-Type: ${type}`], JSON.stringify(INTENT)))).status).toBe(201)
  })

  test('an empty body, whatever its type says, is no mistake', async () => {
    for (const [method, path] of [['GET', '/v1/payment_intents'], ['GET', '/v1/whoami'], ['DELETE', `/v1/webhook_endpoints/${(await shop.listen('/gone')).id}`]] as const) {
      const answer = await shop.server.call(method, `${shop.base}${path}`, { headers: { authorization: shop.keys.secret_key, 'content-type': 'application/json' } })
      expect(answer.status).toBe(200)
    }
  })
})

test('one mode, and one merchant, never reaches what is the other’s, on any route that names an object', async () => {
  const made = async (path: string, body: object): Promise<string> => String((await shop.api('POST', `/v1/${path}`, body)).get('id'))
  const { id: intent, token } = await shop.create()
  const session = await shop.api('POST', '/v1/checkout_sessions', INTENT)
  const link = await made('payment_links', INTENT)
  const { id: endpoint } = await shop.listen('/routes')
  const event = await made('events/trigger', { type: 'payout.created' })
  const checkout = String(session.get('id'))
  const routes: readonly (readonly [string, string, object?])[] = [
    ['GET', `v1/payment_intents/${intent}`], ['GET', `v2/payment_intents/${intent}`], ['POST', `v1/payment_intents/${intent}/expire`, {}], ['GET', `v2/payment_intents?starting_after=${intent}`],
    ['GET', `v1/checkout_sessions/${checkout}`], ['GET', `v2/checkout_sessions/${checkout}`], ['POST', `v1/checkout_sessions/${checkout}/expire`, {}], ['POST', `v2/checkout_sessions/${checkout}/expire`, {}],
    ['GET', `v2/checkout_sessions?ending_before=${checkout}`], ['GET', `v1/payment_links/${link}`], ['PATCH', `v1/payment_links/${link}/cancel`, {}], ['POST', `v1/payment_links/${link}/cancel`, {}],
    ['GET', `v1/webhook_endpoints/${endpoint}`], ['PATCH', `v1/webhook_endpoints/${endpoint}`, { disabled: true }], ['PUT', `v1/webhook_endpoints/${endpoint}`, { disabled: true }],
    ['POST', `v1/webhook_endpoints/${endpoint}/test`, { type: 'payout.created' }], ['DELETE', `v1/webhook_endpoints/${endpoint}`], ['GET', `v1/events/${event}`],
  ]
  for (const { secret_key, public_key } of [shop.live, shop.other]) {
    for (const [method, path, body] of routes) {
      const refused = await shop.api(method, `/${path}`, body, { 'authorization': secret_key, 'fintoc-version': '2026-02-01' })
      expect(`${method} ${path} ${refused.status} ${String(refused.get('error.code'))}`).toBe(`${method} ${path} 404 missing_resource`)
    }
    for (const mine of [token, session.get('session_token')]) expect((await shop.widget('open', { token: mine, public_key })).get('error.code')).toBe('invalid_widget_token')
  }
  expect((await shop.get(intent)).get('status')).toBe('created')
  expect((await shop.api('GET', `/v1/checkout_sessions/${checkout}`)).get('status')).toBe('created')
  expect((await shop.api('GET', `/v1/payment_links/${link}`)).get('status')).toBe('active')
  expect((await shop.api('DELETE', `/v1/webhook_endpoints/${endpoint}`)).get('deleted')).toBe(true)
})
