/** Lists say what a single GET says, and their pages lose and repeat nothing ("Fintoc reference: Pagination"). */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MAGIC_USERS } from '../../src/providers/sandbox/bank/users.ts'
import type { Called } from '../support/server.ts'
import { ACCOUNTS, createShop, RECIPIENT, type Shop } from './support.ts'

let shop: Shop
/** Ids of intents by the status that they ended up in. */
const made: Record<string, string[]> = { created: [], in_progress: [], pending: [], succeeded: [], failed: [], rejected: [], expired: [] }

beforeAll(async () => {
  shop = await createShop()
  const add = async (status: string, go: (id: string, token: string) => Promise<unknown>): Promise<void> => {
    const { id, token } = await shop.create()
    await go(id, token)
    made[status]?.push(id)
  }
  const poor = `${MAGIC_USERS[3]?.body}${MAGIC_USERS[3]?.check}`
  for (let n = 0; n < 3; n++) {
    await add('in_progress', (_, token) => shop.signIn(token))
    await add('created', async () => undefined)
  }
  await add('pending', (_, token) => shop.pay(token, ACCOUNTS.pending))
  await add('succeeded', (_, token) => shop.pay(token))
  await add('failed', (_, token) => shop.pay(token, 'acc_1', poor))
  await add('rejected', async (_, token) => {
    const flow = (await shop.signIn(token)).get('flow')
    await shop.widget('confirm', { token, flow, account: ACCOUNTS.sms })
    return shop.widget('answer', { token, flow, code: [], decline: true })
  })
  await add('expired', (id) => shop.api('POST', `/v1/payment_intents/${id}/expire`))
  await add('created', async () => undefined)
  for (const amount of [1, 104]) await shop.api('POST', '/v1/refunds', { resource_id: made['succeeded']?.[0], amount })
  const { id } = (await shop.api('POST', '/v1/refunds', { resource_id: made['succeeded']?.[0], amount: 2 })).body as { id: string }
  await shop.api('POST', `/v1/refunds/${id}/cancel`)
  shop.server.clock.advance(5_000)
  await shop.server.work()
})
afterAll(() => shop.close())

const V2 = { 'fintoc-version': '2026-02-01' }
const idsOf = ({ body }: Called): string[] => (body as { id: string }[]).map(({ id }) => id)
const nextOf = ({ headers }: Called): string | undefined => /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]

/** The ids of all pages, following `next` as a client does: verbatim, with nothing added but the key. */
async function walk(path: string): Promise<{ pages: string[][]; last: Called }> {
  const pages: string[][] = []
  for (let url: string | undefined = `${shop.base}${path}`; ; ) {
    const page: Called = await shop.server.call('GET', url, { headers: { authorization: shop.keys.secret_key, ...V2 } })
    pages.push(idsOf(page))
    url = nextOf(page)
    if (url === undefined) return { pages, last: page }
  }
}

test('a list shows each intent as it is shown alone', async () => {
  const list = await shop.api('GET', '/v1/payment_intents?per_page=100')
  expect(list.body).toHaveLength(12)
  for (const shown of list.body as { id: string }[]) expect(shown).toEqual((await shop.get(shown.id)).body)
})

test('a filter without a value is none, and a plus that was not written out is one', async () => {
  const all = idsOf(await shop.api('GET', '/v1/payment_intents'))
  expect(idsOf(await shop.api('GET', '/v1/payment_intents?status=&since=&until=&page=&per_page='))).toEqual(all)
  expect(idsOf(await shop.api('GET', '/v2/payment_intents?status=&starting_after=&ending_before=&limit=', undefined, V2))).toEqual(all)
  const at = String((await shop.get(all[3] ?? '')).get('created_at')).replace('Z', '+00:00')
  expect(idsOf(await shop.api('GET', `/v1/payment_intents?since=${at}&until=${at}`))).toContain(all[3])
})

test('a later status that no transfer has is no mistake: nothing is of it', async () => {
  for (const path of ['/v1', '/v2']) expect((await shop.api('GET', `${path}/payment_intents?status=requires_action`, undefined, V2)).body).toEqual([])
})

describe.each(Object.keys(made))('status=%s', (status) => {
  test('lists those, page by page, and counts them', async () => {
    const { pages, last } = await walk(`/v1/payment_intents?status=${status}&per_page=2`)
    expect(pages.flat()).toEqual(made[status]?.toReversed())
    expect(pages.slice(0, -1).every((page) => page.length === 2)).toBe(true)
    expect(last.headers.get('x-total-count')).toBe(String(made[status]?.length))
  })

  test('by cursors too', async () => {
    const { pages, last } = await walk(`/v2/payment_intents?status=${status}&limit=2`)
    expect(pages.flat()).toEqual(made[status]?.toReversed())
    expect(last.headers.get('link')).toBe('')
  })
})

describe('events of one type', () => {
  const ended: Record<string, string[]> = {}
  beforeAll(async () => {
    ended['payment_intent.expired'] = [...(made['expired'] ?? [])]
    ended['checkout_session.expired'] = []
    for (const starts of [false, true, false]) {
      const session = await shop.api('POST', '/v1/checkout_sessions', { amount: 700, currency: 'CLP', recipient_account: RECIPIENT })
      const id = String(session.get('id'))
      if (starts) await shop.signIn(String(session.get('session_token')))
      await shop.api('POST', `/v1/checkout_sessions/${id}/expire`)
      // Nobody started: only the checkout has ended. Somebody did: the payment has, and with it the checkout.
      ended['checkout_session.expired'].push(id)
      if (starts) ended['payment_intent.expired'].push(id.replace('cs_', 'pi_'))
    }
  })

  test.each(['payment_intent.expired', 'checkout_session.expired'])('%s: lists those, page by page, and counts them', async (type) => {
    for (let page = 1; page <= (ended[type]?.length ?? 0); page++) {
      const one = await shop.api('GET', `/v1/events?type=${type}&per_page=1&page=${page}`)
      expect(one.body).toMatchObject([{ type, data: { id: ended[type]?.at(-page) } }])
      expect(one.headers.get('x-total-count')).toBe(String(ended[type]?.length))
      expect(nextOf(one) === undefined).toBe(page === ended[type]?.length)
    }
  })

  test('events from before they were stored with their names are given the same ones', async () => {
    const names = (): Promise<unknown[]> => shop.server.db.query(`SELECT id, name FROM events WHERE api = 'fintoc' ORDER BY id`)
    const before = await names()
    await shop.server.db.query(`UPDATE events SET name = NULL`)
    const migration = await readFile(join(import.meta.dirname, '../../src/db/migrations/0141_event_names.sql'), 'utf8')
    await shop.server.db.query(migration.slice(migration.indexOf('UPDATE')))
    expect(await names()).toEqual(before)
    expect(new Set((before as { name: string | null }[]).map(({ name }) => name)).size).toBeGreaterThan(7)
  })

  test('without one: as many as are counted', async () => {
    const all = await shop.api('GET', '/v1/events?per_page=300')
    expect(all.headers.get('x-total-count')).toBe(String((all.body as unknown[]).length))
  })
})

describe.each([['payment_intents', 'pi_'], ['checkout_sessions', 'cs_']])('cursors over %s', (name, prefix) => {
  beforeAll(async () => {
    for (let n = 0; n < 7; n++) await shop.api('POST', '/v1/checkout_sessions', { amount: 700, currency: 'CLP', recipient_account: RECIPIENT })
    // The clock of a busy server: several in the same millisecond.
    await shop.server.db.query(`UPDATE payments SET created_at = '2024-05-02T14:03:55.120Z' WHERE reference = 'checkout_session'`)
  })
  const all = async (): Promise<string[]> => idsOf(await shop.api('GET', `/v1/${name}?per_page=300`))

  test('forwards: every one once, newest first, also of one millisecond', async () => {
    const { pages, last } = await walk(`/v2/${name}?limit=3`)
    expect(pages.flat()).toEqual(await all())
    expect(pages.flat().every((id) => id.startsWith(prefix))).toBe(true)
    expect(last.headers.get('link')).toBe('')
    expect(nextOf(await shop.api('GET', `/v2/${name}?limit=3`, undefined, V2))).toContain(`starting_after=${pages[0]?.[2]}`)
  })

  test('backwards: what comes right before, in the same order', async () => {
    const ids = await all()
    const before = async (id: string | undefined): Promise<string[]> => idsOf(await shop.api('GET', `/v2/${name}?limit=3&ending_before=${id}`, undefined, V2))
    expect(await before(ids.at(-1))).toEqual(ids.slice(-4, -1))
    expect(await before(ids[2])).toEqual(ids.slice(0, 2))
    expect(await before(ids[0])).toEqual([])
  })

  test('that name nobody, or two ways at once, are refused', async () => {
    const ask = (query: string): Promise<Called> => shop.api('GET', `/v2/${name}?${query}`, undefined, V2)
    expect((await ask(`starting_after=${prefix}nobody`)).get('error.code')).toBe('missing_resource')
    expect((await ask(`ending_before=${prefix}nobody`)).get('error.code')).toBe('missing_resource')
    const [id] = await all()
    expect((await ask(`starting_after=${id}&ending_before=${id}`)).get('error.code')).toBe('invalid_params')
    expect((await ask('limit=0')).get('error.code')).toBe('invalid_positive_integer')
  })
})
