/** How a server ends, and that it finds its data again. */
import { once } from 'node:events'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { Agent, get } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/open.ts'
import { createPlace } from './place.ts'
import { demoOf, expectSentence, type Place, type Running } from './process.ts'
import { startSlowSandbox, type SlowSandbox } from './slow-sandbox.ts'

const place_is_shared = process.env.TENDER_TEST_ENGINE === 'postgres'

let place: Place
let sandbox: SlowSandbox
let authorization: string
beforeAll(async () => {
  place = await createPlace()
  const shop = (await demoOf(place))['begateway']
  authorization = `Basic ${Buffer.from(`${shop?.['shop_id']}:${shop?.['secret_key']}`).toString('base64')}`
  sandbox = await startSlowSandbox()
})
afterAll(async () => {
  await place.remove()
  await sandbox.close()
})

const card = { number: '4200000000000000', holder: 'JANE DOE', exp_month: '01', exp_year: '2031', verification_value: '123' }

function pay(server: Running, tracking_id: string): Promise<Response> {
  return fetch(`${server.url}/begateway/transactions/payments`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ request: { amount: 100, currency: 'USD', description: tracking_id, tracking_id, test: true, duplicate_check: false, credit_card: card } }),
  })
}

const statusOf = async (answer: Response): Promise<unknown> => ((await answer.json()) as { transaction?: { status?: string } }).transaction?.status

describe('a server that is asked to end', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('finishes what is under way at %s, closes idle connections, and ends with 0, also when npm stands before it', async (signal) => {
    const server = await place.startByNpm({ TENDER_SANDBOX_URL: sandbox.url })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const idle = get(`${server.url}/health`, { agent })
    const [reply] = (await once(idle, 'response')) as [NodeJS.ReadableStream]
    reply.resume()
    await once(reply, 'end')
    const slow = pay(server, `slow-${signal}`)
    await sandbox.arrival()
    const started = performance.now()
    const code = server.stop(signal)
    await new Promise((resolve) => setTimeout(resolve, 100))
    // A new connection is refused; on one that was still open, the answer says so.
    expect(['refused', 503]).toContain(await fetch(`${server.url}/health`).then(({ status }) => status, () => 'refused'))
    sandbox.open()
    const answer = await slow
    expect([answer.status, await statusOf(answer)]).toEqual([200, 'successful'])
    expect(await code).toBe(0)
    expect(performance.now() - started).toBeLessThan(8_000)
    agent.destroy()
    expect(await readdir(place.folder)).not.toContain('server.json')
    expect((await server.ended).stderr).toBe('')
  }, 120_000)

  it('ends at once at the second signal', async () => {
    const server = await place.start({ TENDER_SANDBOX_URL: sandbox.url })
    const slow = pay(server, 'cut').catch(() => undefined)
    await sandbox.arrival()
    server.child.kill('SIGINT')
    // Those of one Ctrl-C, which npm passes on, come together.
    await new Promise((resolve) => setTimeout(resolve, 700))
    const started = performance.now()
    expect(await server.stop('SIGINT')).toBe(130)
    expect(performance.now() - started).toBeLessThan(2_000)
    expect(await slow).toBeUndefined()
    sandbox.open()
  }, 120_000)

  it.each(['startByNpm', 'startByNpx'] as const)('is no orphan when what stands before it is killed: it finishes too (%s)', async (start) => {
    const server = await place[start]()
    server.child.kill('SIGKILL')
    // The output is closed when nobody is left who could write to it.
    expect((await server.ended).stdout).toContain('stopping: finishing what is under way')
    expect(await readdir(place.folder)).not.toContain('server.json')
  }, 20_000)

  it('writes what nobody caught to its log, without card data, and ends with 1', async () => {
    const preload = `data:text/javascript,process.on('SIGUSR2',()=>{throw new Error('boom 4242424242424242')})`
    const server = await place.start({}, ['--import', preload])
    expect(await server.stop('SIGUSR2')).toBe(1)
    const { stdout, stderr } = await server.ended
    const [last] = stdout.trim().split('\n').slice(-1)
    expect(JSON.parse(last ?? '')).toMatchObject({ level: 'fatal', msg: 'this should not happen: the process ends', err: { message: 'boom 424242******4242' } })
    expect(stdout + stderr).not.toContain('4242424242424242')
  }, 120_000)
})

/** Behind the back of every command. */
async function edit(sql: string): Promise<void> {
  const db = await openDatabase(place.env['DATABASE_URL'] === undefined ? { folder: join(place.folder, 'db') } : { url: place.env['DATABASE_URL'] })
  await db.query(sql)
  await db.close()
}

describe('a server that is started again', () => {
  it('has its payments, keys and merchants, also after it was killed', async () => {
    const first = await place.start()
    const paid = (await (await pay(first, 'kept')).json()) as { transaction: { uid: string } }
    first.child.kill('SIGKILL')
    await first.ended
    expect(await readdir(place.folder)).toContain('server.json')
    // The file that it left behind misleads nobody.
    expect((await demoOf(place))['corefy']?.['base_url']).toBe('http://localhost:8080/corefy')
    // What somebody has written past the command is not passed over in silence.
    await edit(`UPDATE merchants SET settings = settings || '{"begateway": {"three_d_secur": true}, "corefi": {}}' WHERE id = 'mer_demo'`)
    const second = await place.start()
    // The log is written when there is time for it, and may come after the greeting.
    const warnings = (): unknown[] => second.output().split('\n').filter((line) => line.includes('"settings of an account are wrong"')).map((line) => JSON.parse(line) as unknown)
    await expect.poll(warnings, { timeout: 10_000 }).toMatchObject([
      { level: 'warn', merchant: 'mer_demo', api: 'corefi', problem: 'There is no such API.' },
      { level: 'warn', merchant: 'mer_demo', api: 'begateway', problem: expect.stringMatching(/^three_d_secur is no setting/) as string },
    ])
    expect((await demoOf(place))['begateway']?.['base_url']).toBe(`${second.url}/begateway`)
    const found = await fetch(`${second.url}/begateway/transactions/${paid.transaction.uid}`, { headers: { authorization } })
    expect([found.status, await statusOf(found)]).toEqual([200, 'successful'])
    expect(await second.stop()).toBe(0)
    expect((await place.run(['audit'])).code).toBe(0)
  }, 120_000)

  it('refuses a second process on an embedded data folder, and a start without its master key', async () => {
    const server = await place.start()
    if (place.env['DATABASE_URL'] === undefined) {
      expectSentence(await place.run(['start'], { PORT: '0' }), new RegExp(`^The data folder .* is in use by another Tender process \\(pid ${server.child.pid}\\): stop it, or choose another folder with TENDER_DATA\\.\n$`))
    }
    expect(await server.stop()).toBe(0)
    const key = await readFile(join(place.folder, 'master.key'))
    await rm(join(place.folder, 'master.key'))
    expectSentence(await place.run(['start'], { PORT: '0' }), /^.*master\.key is missing, and this database was sealed under a master key: put the file back, or set TENDER_MASTER_KEY\.\n$/)
    expectSentence(await place.run(['audit']), /master\.key is missing/)
    const other = Buffer.alloc(32, 7).toString('base64')
    expectSentence(await place.run(['start'], { PORT: '0', TENDER_MASTER_KEY: other }), /^Data key 1 is wrapped under master key local:[0-9a-f]+, which is not at hand/)
    await writeFile(join(place.folder, 'master.key'), key, { mode: 0o600 })
  }, 120_000)

  it.runIf(place_is_shared)('may be started twice at once on a server that is empty, and ends up with one demo merchant', async () => {
    const empty = await createPlace()
    const both = await Promise.all([empty.start(), empty.start(), empty.run(['merchants', 'add', 'Early Shop'])])
    const keys = await demoOf(empty)
    for (const { url } of both.slice(0, 2) as Running[]) {
      const answer = await fetch(`${url}/fintoc/v1/payment_intents`, { headers: { authorization: keys['fintoc']?.['secret_key'] ?? '' } })
      expect(answer.status).toBe(200)
    }
    expect((both[2] as { code: number }).code).toBe(0)
    expect((await empty.run(['merchants', 'list'])).stdout.trim().split('\n')).toHaveLength(3)
    await empty.remove()
  }, 120_000)

  it('is reached where TENDER_PUBLIC_URL, TENDER_HOSTS and HOST say', async () => {
    const server = await place.start({ TENDER_PUBLIC_URL: 'https://pay.example', TENDER_HOSTS: 'corefy=corefy.pay.example', HOST: '0.0.0.0', TENDER_DEMO: 'off' })
    expect(server.url).toBe('https://pay.example')
    const keys = await demoOf(place)
    expect([keys['corefy']?.['base_url'], keys['fintoc']?.['base_url']]).toEqual(['https://corefy.pay.example', 'https://pay.example/fintoc'])
    expect(server.output()).not.toContain('curl')
    const port = /Server listening at http:\/\/127\.0\.0\.1:(\d+)/.exec(server.output())?.[1]
    const ask = (path: string, headers: Readonly<Record<string, string>>): Promise<number | undefined> => new Promise((resolve, reject) => {
      get(`http://127.0.0.1:${port}${path}`, { headers }, (reply) => resolve(reply.resume().statusCode)).on('error', reject)
    })
    expect(await ask('/payment-invoices', { host: 'corefy.pay.example' })).toBe(401)
    // The demo merchant is in the database, from an earlier start; its published keys open nothing any more.
    const basic = (user = '', password = ''): string => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
    const { corefy, fintoc, begateway } = keys
    expect(await ask('/corefy/payment-invoices', { authorization: basic(corefy?.['account_id'], corefy?.['api_key']) })).toBe(401)
    expect(await ask('/fintoc/v1/payment_intents', { authorization: fintoc?.['secret_key'] ?? '' })).toBe(401)
    expect(await ask('/begateway/transactions/tracking_id/x', { authorization: basic(begateway?.['shop_id'], begateway?.['secret_key']) })).toBe(401)
    expect(await ask(`/corefy/hpp?public_key=${corefy?.['public_key_test']}&amount=1&currency=USD`, {})).toBe(404)
    expect(await server.stop()).toBe(0)
  }, 120_000)
})
