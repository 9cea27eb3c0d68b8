/** The load: sales by token over HTTP (create an invoice, then the sale with its bearer token), a number of them at a time. */
import { randomBytes } from 'node:crypto'
import { openConnection, type Connection } from './http.ts'

export interface Account {
  readonly port: number
  readonly account_id: string
  readonly api_key: string
}

export interface Measured {
  readonly sales_per_s: number
  /** Of a whole sale: both requests. */
  readonly p50_ms: number
  readonly p99_ms: number
}

const run = randomBytes(4).toString('hex')
let counter = 0

function basic({ account_id, api_key }: Account): string {
  return `Basic ${Buffer.from(`${account_id}:${api_key}`).toString('base64')}`
}

const invoice = (more: Record<string, unknown>): string =>
  JSON.stringify({ data: { type: 'payment-invoices', attributes: { test_mode: true, reference_id: `bench-${run}-${++counter}`, currency: 'USD', amount: 12.34, service: 'payment_card_usd_hpp', customer: { reference_id: 'bench', name: 'Ann Lee' }, ...more } } })

/** The same text but for the reference: the load has better things to do than to write it anew. */
function invoiceByToken(token: string): string {
  if (byToken?.token !== token) byToken = { token, parts: invoice({ token, reference_id: '{}', gateway_options: { cardgate: { instant: true } } }).split('{}') }
  return byToken.parts.join(`bench-${run}-${++counter}`)
}

let byToken: { readonly token: string; readonly parts: readonly string[] } | undefined

/** Pays once by card to get the token that the sales are made with. */
export async function getToken(account: Account): Promise<string> {
  const connection = await openConnection(account.port)
  const authorization = basic(account)
  const created = await connection.post('/corefy/payment-invoices', { authorization }, invoice({ gateway_options: { cardgate: { tokenize: true } } }))
  const bearer = bearerOf(created.body)
  const card = { card_number: '4242424242424242', card_holder: 'ANN LEE', cvv: '123', exp_month: '12', exp_year: '31' }
  await connection.post('/corefy/payment/sale', { authorization: `Bearer ${bearer}` }, JSON.stringify({ data: { type: 'sale-operation', attributes: card } }))
  const id = (JSON.parse(created.body) as { data: { id: string } }).data.id
  const read = await fetch(`http://127.0.0.1:${account.port}/corefy/payment-invoices/${id}`, { headers: { authorization } })
  connection.close()
  const { data } = (await read.json()) as { data: { attributes: { payload: { token: string } } } }
  return data.attributes.payload.token
}

/** What was sold in some time. */
export interface Slice {
  /** Of each sale, in milliseconds. */
  readonly durations: readonly number[]
  readonly elapsed_s: number
}

/** What several slices together come to. */
export function measured(slices: readonly Slice[]): Measured {
  const durations = slices.flatMap((slice) => slice.durations)
  return { sales_per_s: durations.length / slices.reduce((sum, { elapsed_s }) => sum + elapsed_s, 0), ...percentiles(durations) }
}

/** Sells for `seconds`, `concurrency` sales at a time. Throws when a sale is not processed: a benchmark of failures measures nothing. */
export async function sellFor(account: Account, token: string, concurrency: number, seconds: number): Promise<Slice> {
  const connections = await Promise.all(Array.from({ length: concurrency }, () => openConnection(account.port)))
  const authorization = basic(account)
  const durations: number[] = []
  const start = performance.now()
  const end = start + seconds * 1000
  await Promise.all(
    connections.map(async (connection) => {
      while (performance.now() < end) durations.push(await sell(connection, authorization, token))
    }),
  )
  const elapsed_s = (performance.now() - start) / 1000
  for (const connection of connections) connection.close()
  return { durations, elapsed_s }
}

/** Sells at a fixed rate for `seconds`: what one sale costs when the machine is not full. */
export async function measureAtRate(account: Account, token: string, per_s: number, seconds: number): Promise<Measured> {
  const idle = await Promise.all(Array.from({ length: 32 }, () => openConnection(account.port)))
  const all = [...idle]
  const authorization = basic(account)
  const durations: number[] = []
  const running: Promise<void>[] = []
  const start = performance.now()
  for (let n = 0; n < per_s * seconds; n++) {
    const wait = start + (n * 1000) / per_s - performance.now()
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
    const connection = idle.pop()
    if (connection === undefined) throw new Error('the server cannot keep the rate')
    running.push(
      sell(connection, authorization, token).then((duration) => {
        durations.push(duration)
        idle.push(connection)
      }),
    )
  }
  await Promise.all(running)
  for (const connection of all) connection.close()
  return { sales_per_s: durations.length / ((performance.now() - start) / 1000), ...percentiles(durations) }
}

async function sell(connection: Connection, authorization: string, token: string): Promise<number> {
  const start = performance.now()
  const created = await connection.post('/corefy/payment-invoices', { authorization }, invoiceByToken(token))
  const sale = await connection.post('/corefy/payment/sale', { authorization: `Bearer ${bearerOf(created.body)}` }, '{"data":{"type":"sale-operation","attributes":{}}}')
  if (sale.status !== 201 || !sale.body.includes('"status":"processed"')) throw new Error(`a sale was not processed: ${sale.status} ${sale.body}`)
  return performance.now() - start
}

function bearerOf(body: string): string {
  const start = body.indexOf('"token":"eyJ') + '"token":"'.length
  if (start < '"token":"'.length) throw new Error(`an invoice was not created: ${body}`)
  return body.slice(start, body.indexOf('"', start))
}

function percentiles(durations: number[]): { p50_ms: number; p99_ms: number } {
  const sorted = durations.toSorted((a, b) => a - b)
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
  return { p50_ms: at(0.5), p99_ms: at(0.99) }
}
