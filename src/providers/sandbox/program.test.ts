import { spawn, type ChildProcess } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, createTestPlace, type TestDatabase } from '../../../test/support/database.ts'
import { money } from '../../core/money.ts'
import { ProviderUnreachable } from '../contract.ts'
import { createRemoteSandbox, type RemoteSandbox } from './client.ts'
import { startSandbox, type SandboxProgram } from './program.ts'
import { card, never, operation } from './testing/support.ts'

let database: TestDatabase
let program: SandboxProgram
let remote: RemoteSandbox

beforeAll(async () => {
  database = await createTestDatabase()
  program = await startSandbox({ port: 0, db: database.db })
  remote = createRemoteSandbox({ base_url: program.url, timeout_ms: 2000 })
})
afterAll(async () => {
  await program.close()
  await database.close()
})
afterEach(() => program.sandbox.networks.forEach(({ faults }) => faults.clear()))

const control = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(program.url + path, { method, headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers }, body: body === undefined ? undefined : JSON.stringify(body) })

describe('the control of the program', () => {
  it('switches faults', async () => {
    const path = '/networks/sandbox-cards/faults'
    expect(await (await control('PUT', path, { timeout_after_work: 1, slow_ms: 1 })).json()).toMatchObject({ timeout_after_work: 1, slow_ms: 1 })
    await expect(remote.cards.execute(operation({ key: 'lost' }), never)).rejects.toBeInstanceOf(ProviderUnreachable)
    expect(await remote.cards.inquire('lost', never)).toMatchObject({ status: 'approved' })
    await control('PUT', path, { away: true })
    await expect(remote.cards.inquire('lost', never)).rejects.toBeInstanceOf(ProviderUnreachable)
    await control('DELETE', path)
    expect(await remote.cards.inquire('lost', never)).toMatchObject({ status: 'approved' })
    expect(await (await control('GET', path)).json()).toMatchObject({ away: false })
  })

  it('says with every "not found" when that is final', async () => {
    const quick = await startSandbox({ port: 0, unknown_key_final_after_ms: 1_234 })
    const { cards, banks } = createRemoteSandbox({ base_url: quick.url })
    for (const network of [cards, banks]) expect(await network.inquire('never sent', never)).toEqual({ status: 'not_found', final_after_ms: 1_234 })
    await quick.close()
  })

  it('shows whoever follows a wrong address a page, in their language', async () => {
    for (const path of ['/acs/x', '/apm/x', '/x']) {
      const answer = await control('GET', path, undefined, { 'accept-language': 'es-CL' })
      expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8'])
      expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
      expect(await answer.text()).toContain('<html lang="es">')
    }
  })

  it('settles what would stay pending for ever', async () => {
    const instrument = card('5519283812030000', { exp_month: 7, exp_year: 2077 })
    expect(await remote.cards.execute(operation({ key: 'open', instrument }), never)).toMatchObject({ status: 'processing' })
    const settle = (body: unknown) => control('POST', '/networks/sandbox-cards/settle', body)
    expect((await settle({ key: 'open', status: 'nonsense' })).status).toBe(422)
    expect(await (await settle({ key: 'open', status: 'declined', reason: 'lost_card' })).json()).toEqual({ settled: true })
    expect(await (await settle({ key: 'open', status: 'approved' })).json()).toEqual({ settled: false })
    expect(await remote.cards.inquire('open', never)).toMatchObject({ status: 'declined', reason: 'lost_card' })
  })

  it('shows the book, without what is nobody’s business', async () => {
    await remote.cards.execute(operation({ key: 'shown', amount: money(123_456_789_012n, 'USD'), instrument: card('4000000000003220') }), never)
    const text = await (await control('GET', '/book?network=sandbox-cards&limit=1000')).text()
    const { records } = JSON.parse(text) as { records: Record<string, unknown>[] }
    expect(records.find(({ key }) => key === 'shown')).toMatchObject({ status: 'action_required', amount: { minor: '123456789012', currency: 'USD' }, card: { last4: '3220' } })
    expect(text).not.toMatch(/4000000000003220|handle|notes|creq/)
  })

  it('knows nothing else', async () => {
    for (const path of ['/networks/nobody/execute', '/networks/sandbox-cards/dance', '/networks/sandbox-cards/constructor']) expect((await control('POST', path, {})).status).toBe(404)
    for (const path of ['/networks/nobody/faults', '/networks/nobody/news']) expect((await control('GET', path)).status).toBe(404)
    for (const body of [{}, { key: 1 }, { ...operation(), amount: { minor: 1, currency: 'USD' } }]) {
      const path = '/networks/sandbox-cards/execute'
      const sent = JSON.parse(JSON.stringify(body, (_, value: unknown) => (typeof value === 'bigint' ? 'x' : value))) as unknown
      expect((await control('POST', path, sent)).status).toBe(422)
    }
    expect((await control('POST', '/networks/sandbox-cards/sign-in', {})).status).toBe(422)
    await expect(createRemoteSandbox({ base_url: 'http://127.0.0.1:9' }).cards.inquire('x', never)).rejects.toBeInstanceOf(ProviderUnreachable)
  })

  it('asks for its token, but not on the pages', async () => {
    const guarded = await startSandbox({ port: 0, token: 'secret' })
    try {
      for (const token of [undefined, 'wrong']) {
        await expect(createRemoteSandbox({ base_url: guarded.url, token }).cards.inquire('x', never)).rejects.toBeInstanceOf(ProviderUnreachable)
      }
      expect(await createRemoteSandbox({ base_url: guarded.url, token: 'secret' }).cards.inquire('x', never)).toMatchObject({ status: 'not_found' })
      expect((await fetch(`${guarded.url}/book`)).status).toBe(401)
      expect((await fetch(`${guarded.url}/apm/unknown`)).headers.get('content-type')).toContain('text/html')
    } finally {
      await guarded.close()
    }
  })
})

describe('a caller', () => {
  it('does not wait for ever', async () => {
    program.sandbox.cards.faults.set({ slow_ms: 20_000 })
    const hasty = createRemoteSandbox({ base_url: program.url, timeout_ms: 50 })
    await expect(hasty.cards.execute(operation({ key: 'slow' }), never)).rejects.toBeInstanceOf(ProviderUnreachable)
    await expect(remote.cards.execute(operation({ key: 'slow' }), AbortSignal.timeout(50))).rejects.toBeInstanceOf(ProviderUnreachable)
    program.sandbox.cards.faults.clear()
    expect(await remote.cards.inquire('slow', never)).toMatchObject({ status: 'not_found' })
  })

  it('hears late news, over the wire and by callback', async () => {
    const posted: unknown[] = []
    const receiver = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        posted.push(JSON.parse(body))
        response.end()
      })
    })
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
    const own = await startSandbox({ port: 0, delays: { late_ms: 50 }, callback_url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/` })
    const client = createRemoteSandbox({ base_url: own.url })
    const heard: string[] = []
    const stop = client.apms.onNews?.((key) => heard.push(key))
    await delay(200)
    own.sandbox.apms.faults.set({ duplicate_news: 1 })
    const sale = operation({ key: 'news', method: 'apm', amount: money(500, 'EUR'), instrument: { type: 'apm', code: 'voucher', token: undefined, fields: {} } })
    const outcome = await client.apms.execute(sale, never)
    if (outcome.status !== 'action_required' || outcome.action.kind !== 'redirect') throw new Error('no page')
    await fetch(`${outcome.action.url}/kiosk`, { method: 'POST', body: new URLSearchParams({ decision: 'pay' }) })
    for (let i = 0; i < 100 && (heard.length < 2 || posted.length < 2); i++) await delay(20)
    expect(heard).toEqual(['news', 'news'])
    expect(posted).toEqual([{ network: 'sandbox-apms', key: 'news' }, { network: 'sandbox-apms', key: 'news' }])
    expect(await client.apms.inquire('news', never)).toMatchObject({ status: 'approved' })
    const bill = { type: 'apm', code: 'erip', token: undefined, fields: {} } as const
    await client.apms.execute(operation({ key: 'bill-soon', method: 'apm', amount: money(500, 'BYN'), instrument: bill }), never)
    for (let i = 0; i < 100 && heard.length < 4; i++) await delay(20)
    expect(heard.slice(2)).toEqual(['bill-soon', 'bill-soon'])
    stop?.()
    await own.close()
    receiver.close()
  })
})

describe('the program as a process', () => {
  const children: ChildProcess[] = []
  afterAll(() => children.forEach((child) => child.kill('SIGKILL')))

  async function start(env: Record<string, string | undefined>): Promise<{ child: ChildProcess; url: string }> {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'start.ts')], { env: { ...process.env, SANDBOX_PORT: '0', ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    const line = await new Promise<string>((resolve, reject) => {
      child.once('exit', () => reject(new Error('it did not start')))
      child.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString()))
    })
    return { child, url: (JSON.parse(line) as { url: string }).url }
  }

  it('is killed, and remembers', async () => {
    const place = await createTestPlace()
    const env = { DATABASE_URL: place.url, SANDBOX_FOLDER: place.folder }
    const first = await start(env)
    const before = createRemoteSandbox({ base_url: first.url })
    const done = await before.cards.execute(operation({ key: 'kept' }), never)
    const bill = { type: 'apm', code: 'erip', token: undefined, fields: {} } as const
    await before.apms.execute(operation({ key: 'bill', method: 'apm', amount: money(500, 'BYN'), instrument: bill }), never)
    first.child.kill('SIGKILL')
    await new Promise((resolve) => first.child.once('exit', resolve))
    await expect(before.cards.inquire('kept', never)).rejects.toBeInstanceOf(ProviderUnreachable)
    const second = await start(env)
    const after = createRemoteSandbox({ base_url: second.url })
    expect(await after.cards.inquire('kept', never)).toEqual(done)
    expect(await after.apms.inquire('bill', never)).toMatchObject({ status: 'action_required' })
    second.child.kill('SIGTERM')
    await new Promise((resolve) => second.child.once('exit', resolve))
    await place.remove()
  })
})
