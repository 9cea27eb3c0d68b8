/**
 * SIGKILL at every labelled step of a bank transfer, a refund and a delivery, the payer and the shop go on afterwards as they would.
 * In the end: one transfer at the bank, the books say the same and balance, and the shop has been told. Among them the worst case of
 * all: the bank did it, and we died before we could write it down.
 */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { FINTOC_DEMO } from '../../src/apis/fintoc/demo.ts'
import { createDbBook } from '../../src/providers/sandbox/book-db.ts'
import { createPlace, type Place } from '../begateway/process.ts'
import { ACCOUNTS, INTENT } from './support.ts'

let place: Place
let receiver: Server
let hook = ''
let told: { type: string; data: { id: string } }[] = []

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      told.push(JSON.parse(Buffer.concat(chunks).toString()) as (typeof told)[number])
      response.end()
    })
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`
})
afterAll(() => receiver.close())
beforeEach(async () => {
  told = []
  place = await createPlace()
})
afterEach(() => place.remove())

type Json = Record<string, unknown>

/** One request; undefined when the server died over it, or is not there yet. */
async function post(path: string, body: Json, key?: string): Promise<Json | undefined> {
  try {
    const answer = await fetch(`${url}${path}`, { method: 'POST', headers: { authorization: FINTOC_DEMO.secret_key, 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) }, body: JSON.stringify(body) })
    return (await answer.json()) as Json
  } catch {
    return undefined
  }
}
let url = ''

/** The same request until it is answered: what the frame and a patient shop do. */
async function insist(path: string, body: Json, key?: string): Promise<Json> {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await post(path, body, key)
    if (answer !== undefined) return answer
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${path} was never answered`)
}

/** From the order to the receipt, whatever dies on the way: the payer asks how it stands and does what the screen says. */
async function buy(): Promise<{ id: string }> {
  const intent = await insist('/v1/payment_intents', { ...INTENT }, 'order-1')
  const token = String(intent['widget_token'])
  const who = { public_key: FINTOC_DEMO.public_key, token, flow: '' }
  const login = { ...who, institution: 'cl_banco_estado', username: '416148503', password: 'jonsnow', holder_type: 'individual' }
  let screen = await insist('/v1/widget/sign_in', login)
  const at = { ...who, flow: String(screen['flow']) }
  for (let steps = 0; steps < 200 && screen['step'] !== 'done'; steps++) {
    if (screen['step'] === 'account') screen = await insist('/v1/widget/confirm', { ...at, account: ACCOUNTS.sms })
    else if (screen['step'] === 'code') screen = await insist('/v1/widget/answer', { ...at, code: ['0000'], decline: false })
    else {
      await new Promise((resolve) => setTimeout(resolve, 100))
      screen = await insist('/v1/widget/state', at)
    }
  }
  expect(screen['step']).toBe('done')
  return { id: String(intent['id']) }
}

/** What the bank and our books hold after it all. */
async function audit(): Promise<{ bank: string[]; sums: bigint[]; open: number; payments: number }> {
  return place.look(async (db) => {
    const records = await (await createDbBook(db)).list({})
    const sums = await db.query<{ sum: bigint }>('SELECT sum(line.amount)::bigint AS sum FROM postings p, unnest(p.accounts, p.amounts) AS line(account, amount) GROUP BY p.currency')
    const count = async (sql: string): Promise<number> => Number((await db.query<{ n: bigint }>(sql))[0]?.n)
    return {
      bank: records.filter(({ status }) => status === 'approved').map(({ kind, amount }) => `${kind} ${amount.minor}`).sort(),
      sums: sums.map(({ sum }) => BigInt(sum)), open: await count("SELECT count(*) AS n FROM attempts WHERE state IN ('sent', 'action', 'processing')"), payments: await count('SELECT count(*) AS n FROM payments'),
    }
  })
}

async function isTold(type: string, id: string): Promise<void> {
  await expect.poll(() => told.some((event) => event.type === type && event.data.id === id), { timeout: 100_000 }).toBe(true)
}

const STEPS = [
  'accept.before', 'accept.after', 'transfer.intend.before', 'transfer.intend.after', 'transfer.execute.before', 'transfer.execute.after', 'transfer.record.before', 'transfer.record.after',
  'transfer.resume.before', 'transfer.resume.after', 'transfer.record.before#2', 'transfer.record.after#2', 'delivery.rendered', 'delivery.sent', 'delivery.recorded',
]

describe('a bank transfer', () => {
  test.each(STEPS)('killed at %s: one transfer', async (crash_at) => {
    const life = await place.start(crash_at)
    url = life.url.replace(/begateway$/, 'fintoc')
    const next = life.gone.then(() => place.start())
    await insist('/v1/webhook_endpoints', { url: hook, enabled_events: ['*'] }, 'hook')
    const { id } = await buy()
    const second = await next
    await isTold('payment_intent.succeeded', id)
    await second.kill()
    expect(await audit()).toEqual({ bank: ['transfer 1000'], sums: [0n], open: 0, payments: 1 })
  })
})

describe('a refund', () => {
  test.each(['refund.accept.before', 'refund.accept.after', 'refund.intend.after', 'refund.execute.before', 'refund.execute.after', 'refund.record.before', 'refund.record.after'])('killed at %s: one refund', async (crash_at) => {
    const life = await place.start(crash_at)
    url = life.url.replace(/begateway$/, 'fintoc')
    const next = life.gone.then(() => place.start())
    await insist('/v1/webhook_endpoints', { url: hook, enabled_events: ['*'] }, 'hook')
    const { id } = await buy()
    const refund = await insist('/v1/refunds', { resource_id: id, amount: 400 }, 'refund-1')
    const second = await next
    await isTold('refund.succeeded', String(refund['id']))
    await second.kill()
    expect(await audit()).toEqual({ bank: ['refund 400', 'transfer 1000'], sums: [0n], open: 0, payments: 1 })
  })
})
