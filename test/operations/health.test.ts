/** What watches a server sees: health, readiness, metrics, and the page at the root. */
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findSecrets } from '../secrets/secrets.ts'
import { createTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await createTestServer({ env: { TENDER_HOSTS: 'corefy=corefy.example' } })
})
afterAll(() => server.close())

const metrics = async (): Promise<string> => (await server.call('GET', '/metrics')).text

/** With a Host header, which fetch does not let through. */
function at(host: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    httpRequest(`${server.url}${path}`, { headers: { host } }, (reply) => resolve(reply.resume().statusCode)).on('error', reject).end()
  })
}

/** Bytes as they are, and all that comes back. */
async function raw(bytes: string): Promise<string> {
  const { hostname, port } = new URL(server.url)
  const socket = connect({ host: hostname, port: Number(port) })
  socket.setEncoding('utf8').write(bytes)
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)
  return answer
}

describe('health and readiness', () => {
  it('GET /health, also at the host of an API', async () => {
    expect(await server.call('GET', '/health')).toMatchObject({ status: 200, body: { status: 'ok', instance: server.tender.instance } })
    expect(await at('corefy.example', '/health')).toBe(200)
    expect(await at('corefy.example', '/payment-invoices')).toBe(401)
  })

  it('every answer has the id of its request, and the log too, also where the address cannot be read', async () => {
    for (const path of ['/health', '/nothing', '/%zz', '/corefy/%zz', '/fintoc/v1/%zz', '/begateway/%zz']) {
      const id = `id-${path.replaceAll(/\W/g, '_')}`
      const answered = await server.call('GET', path, { headers: { 'x-request-id': id } })
      expect([path, answered.headers.get('x-request-id')]).toEqual([path, id])
      // The line is written when the answer is out.
      await expect.poll(() => server.log.filter((line) => line.includes(`"request_id":"${id}"`)).join('\n')).toContain(`"status":${answered.status}`)
    }
  })

  it.each([
    ['bytes that are no HTTP', 'hello\r\n\r\n', 400],
    ['an unknown method', 'FETCH /fintoc/v1/payment_intents HTTP/1.1\r\nhost: x\r\n\r\n', 400],
    ['a broken header', 'GET /fintoc/v1/payment_intents HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n', 400],
    ['headers that are too large', `GET /corefy/payment-invoices HTTP/1.1\r\nhost: x\r\nx-much: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['an expectation', 'POST /begateway/transactions/payments HTTP/1.1\r\nhost: x\r\nexpect: miracles\r\ncontent-length: 2\r\n\r\n{}', 417],
  ])('%s is refused in the shape of every API', async (_what, bytes, status) => {
    const answer = await raw(bytes)
    const body = JSON.parse(answer.slice(answer.indexOf('{'))) as unknown
    expect(answer).toContain(`HTTP/1.1 ${status} `)
    expect(answer).toMatch(/x-request-id: [0-9a-f-]{36}/i)
    expect(body).toMatchObject({ message: expect.any(String) as string, error: { type: 'invalid_request_error', code: 'invalid_request', param: null }, errors: [{ status: String(status) }] })
  })

  it('who names no host is answered by the API of the path', async () => {
    expect(await raw('GET /fintoc/v1/payment_intents HTTP/1.1\r\nconnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 401 [\s\S]*"error":\{"type"/)
  })

  // RFC 9112, 3.2.2: a request to a proxy that reaches a server as it is; what the target says goes before the Host header.
  it.each([
    ['http://x.example/health', 200, /"status":"ok"/],
    ['HTTP://x.example:8443/fintoc/v1/payment_intents?page=2&per_page=5', 200, /link: <http:\/\/x\.example:8443\/fintoc\/v1\/payment_intents\?page=1&per_page=5>/i],
    ['http://user:pw@x.example/fintoc/v1/refunds', 200, /link: <http:\/\/x\.example\/fintoc\/v1\/refunds\?/i],
    ['http://x.example/fintoc/v1/%zz', 404, /"code":"invalid_url"/],
    ['https://corefy.example/payment-invoices', 401, /"errors":\[/],
    ['http://x.example/corefy/payment-invoices', 401, /"errors":\[/],
    ['http://x.example/begateway/transactions/u-1', 401, /"response":|"message":/],
    ['http://x.example', 200, /"apis":/],
    ['http://x.example?a=/b', 200, /"apis":/],
    ['http:///health', 400, /./],
    ['ftp://x.example/health', 404, /./],
  ])('%s, as a whole address, leads where its path leads: %i', async (target, status, says) => {
    const answer = await raw(`GET ${target} HTTP/1.1\r\nhost: elsewhere.example\r\nauthorization: ${server.demo['fintoc']?.['secret_key']}\r\nconnection: close\r\n\r\n`)
    expect(answer).toContain(`HTTP/1.1 ${status} `)
    expect(answer).toMatch(says)
  })

  it('GET /ready says what is missing', async () => {
    expect(await server.call('GET', '/ready')).toMatchObject({ status: 200, body: { status: 'ready', checks: { database: 'ok', vault: 'ok' } } })
    await server.db.query('CREATE TABLE kept AS SELECT * FROM migrations')
    await server.db.query(`DELETE FROM migrations WHERE name = '0002_vault.sql'`)
    expect(await server.call('GET', '/ready')).toMatchObject({ status: 503, body: { status: 'not ready', checks: { database: '1 migrations are missing', vault: 'ok' } } })
    await server.db.query('INSERT INTO migrations SELECT * FROM kept ON CONFLICT DO NOTHING')
    await server.db.query('DROP TABLE kept')
    expect((await server.call('GET', '/ready')).status).toBe(200)
  })
})

describe('metrics', () => {
  it('count requests, events, commits and provider calls, and hold no card data', async () => {
    const { shop_id = '', secret_key = '' } = server.demo['begateway'] ?? {}
    const paid = await server.call('POST', '/begateway/transactions/payments', {
      auth: [shop_id, secret_key],
      json: {
        request: {
          amount: 100, currency: 'USD', description: 'x', tracking_id: 'm-1', test: true, notification_url: `${server.receiver.url}/told`,
          credit_card: { number: '4242424242424242', holder: 'JANE DOE', exp_month: '01', exp_year: '2031', verification_value: '083' },
        },
      },
    })
    expect(paid.get('transaction.status')).toBe('successful')
    await server.call('GET', '/corefy/payment-invoices/cpi_4242424242424242')
    const text = await metrics()
    expect(text).toContain('tender_http_request_duration_seconds_count{api="begateway",method="POST",route="/begateway/transactions/payments",status="200"} 1')
    expect(text).toMatch(/tender_http_request_duration_seconds_count\{api="corefy",method="GET",route="\/corefy\/payment-invoices\/:id",status="401"\} 1/)
    expect(text).toContain('tender_events_total{api="begateway",type="payment.succeeded"} 1')
    expect(text).toContain('tender_provider_call_duration_seconds_count{provider="sandbox-cards",operation="sale",outcome="approved"} 1')
    expect(text).toMatch(/tender_commit_group_size_count [1-9]/)
    expect(text).toMatch(/tender_commit_duration_seconds_count\{result="done"\} [1-9]/)
    expect(text).toMatch(/tender_deliveries_due\{api="begateway"\} 1/)
    expect(text).toMatch(/tender_deliveries_due_oldest_seconds\{api="begateway"\} [\d.e-]+/)
    expect(text).toMatch(/tender_process_memory_bytes\{kind="resident"\} \d+/)
    expect(text).toMatch(/tender_event_loop_delay_seconds\{quantile="0.99"\} [\d.e-]+/)
    expect(findSecrets(text)).toEqual([])
    for (const line of text.trim().split('\n')) expect(line).toMatch(/^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? (\d|\+Inf)[\d.e+-]*)$/)
  })

  it('are for direct calls from this machine', async () => {
    expect((await server.call('GET', '/metrics')).status).toBe(200)
    for (const name of ['x-forwarded-for', 'forwarded', 'via']) expect((await server.call('GET', '/metrics', { headers: { [name]: '203.0.113.9' } })).status).toBe(403)
  })

  it('or with the token', async () => {
    const guarded = await createTestServer({ env: { TENDER_METRICS_TOKEN: 'a-token' } })
    expect((await guarded.call('GET', '/metrics')).status).toBe(403)
    expect((await guarded.call('GET', '/metrics', { bearer: 'another' })).status).toBe(403)
    expect((await guarded.call('GET', '/metrics', { bearer: 'a-token', headers: { 'x-forwarded-for': '203.0.113.9' } })).status).toBe(200)
    await guarded.close()
  })
})

describe('outside of the APIs', () => {
  it('the root tells what is here, as JSON and as a page under the strict policy', async () => {
    const json = await server.call('GET', '/')
    expect(json.get('apis.fintoc')).toEqual({ title: 'Fintoc', base_url: `${server.url}/fintoc` })
    const page = await server.call('GET', '/', { headers: { accept: 'text/html,*/*' } })
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(page.text).toContain('curl')
  })

  it('an unknown address and a broken one are answered in JSON, a browser in words, without repeating them', async () => {
    const lost = await server.call('GET', '/nothing', { headers: { accept: 'text/html,*/*', 'accept-language': 'es' } })
    expect(lost).toMatchObject({ status: 404 })
    expect(lost.text).toContain('Esta página de pago no existe')
    expect(await server.call('GET', '/nothing/4242424242424242?pan=4242424242424242')).toMatchObject({ status: 404, body: { error: { code: 'not_found', see: `${server.url}/` } } })
    const broken = await server.call('GET', '/%zz4242424242424242')
    expect([broken.status, findSecrets(broken.text)]).toEqual([400, []])
    const body = await server.call('POST', '/', { raw: '{"pan":4242424242424242', headers: { 'content-type': 'application/json' } })
    expect([body.status, findSecrets(body.text)]).toEqual([400, []])
  })
})
