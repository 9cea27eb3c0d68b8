/** A hundred equal requests at once have one effect: here, at the sandbox's own book, and in the ledger. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Called } from '../support/server.ts'
import { attributesOf, CARD, CARDS, idOf, openShop, passChallenge, reference, sessionOf, statusOf, tokenOf, type Shop } from './shop.ts'

const HUNDRED = Array.from({ length: 100 })

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.close())

const atOnce = (send: () => Promise<Called>): Promise<Called[]> => Promise.all(HUNDRED.map(send))
const countOf = (answers: readonly Called[], status: number): number => answers.filter((answer) => answer.status === status).length
const rows = async (text: string, params: readonly unknown[]): Promise<number> => Number((await shop.server.db.query<{ n: bigint }>(`SELECT count(*) AS n FROM ${text}`, params))[0]?.n)
/** What the sandbox did for a payment: the outside world's view. */
const booked = (id: string, kind: string): Promise<number> => rows(`sandbox_operations s JOIN attempts a ON a.id = s.key WHERE a.payment_id = $1 AND s.kind = $2 AND s.status = 'approved'`, [id, kind])
const posted = (id: string, kind: string): Promise<number> => rows('postings WHERE payment_id = $1 AND kind = $2', [id, kind])

describe('a hundred equal', () => {
  it('creates make one invoice', async () => {
    const name = reference('race')
    const answers = await atOnce(() => shop.invoice({ reference_id: name, customer: { reference_id: name, name: 'Ann' }, gateway_options: { cardgate: { tokenize: true } } }))
    expect([countOf(answers, 201), countOf(answers, 422)]).toEqual([1, 99])
    const found = await shop.api(`/payment-invoices/?filter[reference_id]=${name}`)
    expect(found.get('data')).toHaveLength(1)
    expect(await rows('customers WHERE reference = $1', [name])).toBe(1)
    expect(answers.filter(({ status }) => status === 422).every((answer) => answer.get('errors.0.source.pointer') === '/data/attributes/reference_id')).toBe(true)
  })

  it('sales on one session make one charge', async () => {
    const created = await shop.invoice()
    const answers = await atOnce(() => shop.sale(created))
    // Those that came while the first was under way are told its state, those after it that the session is over.
    expect(countOf(answers, 201) + countOf(answers, 422)).toBe(100)
    const id = idOf(created)
    expect([await booked(id, 'sale'), await posted(id, 'sale'), await rows('attempts WHERE payment_id = $1', [id])]).toEqual([1, 1, 1])
    expect(attributesOf(await shop.api(`/payment-invoices/${id}`))).toMatchObject({ status: 'processed', processed_amount: 10 })
  })

  it('write-offs by token make one charge', async () => {
    const customer = { reference_id: reference('race') }
    const token = (await shop.paid({ customer, gateway_options: { cardgate: { tokenize: true } } })).get('data.attributes.payload.token')
    const created = await shop.invoice({ customer, token, gateway_options: { cardgate: { instant: true } } })
    await atOnce(() => shop.sale(created, {}))
    expect([await booked(idOf(created), 'sale'), await posted(idOf(created), 'sale')]).toEqual([1, 1])
  })

  it('submits of the card page make one charge', async () => {
    const created = await shop.invoice()
    const submit = (): Promise<Called> => shop.server.call('POST', `${shop.base}/hpp/${sessionOf(created)}`, { headers: { accept: 'application/json' }, json: { card_number: CARD.card_number, exp: '12/31', cvv: CARD.cvv, card_holder: 'Ann Lee' } })
    const answers = await atOnce(submit)
    expect(countOf(answers, 200)).toBe(100)
    expect(await booked(idOf(created), 'sale')).toBe(1)
  })

  it('returns from the issuer finish one payment once', async () => {
    const { url } = shop.server.receiver
    const created = await shop.invoice({ callback_url: `${url}/race-3ds` })
    const sold = await shop.sale(created, { ...CARD, card_number: CARDS.ok_3ds })
    const returned = await passChallenge(shop, sold.get('auth_payload') as { action: string; params: Record<string, string> })
    expect(returned.status).toBe(303)
    const pid = (await shop.api(`/payment-invoices/${idOf(created)}`)).get('data.relationships.active-payment.data.id')
    await atOnce(() => shop.server.call('POST', `${shop.base}/complete-auth?pid=${String(pid)}&via=gate`, { form: { cres: 'x' } }))
    await shop.server.work()
    expect([await booked(idOf(created), 'sale'), await posted(idOf(created), 'sale')]).toEqual([1, 1])
    expect(shop.server.receiver.at('/race-3ds')).toHaveLength(2)
  })

  it('refunds make one refund', async () => {
    const id = idOf(await shop.paid())
    const name = reference('race')
    const answers = await atOnce(() => shop.api(`/payment-invoices/${id}/refund`, { data: { type: 'refunds', attributes: { amount: 1, reference_id: name } } }))
    await shop.server.work()
    expect([countOf(answers, 200), countOf(answers, 422)]).toEqual([1, 99])
    expect([await booked(id, 'refund'), await posted(id, 'refund'), await rows('refunds WHERE payment_id = $1', [id])]).toEqual([1, 1, 1])
    expect(attributesOf(await shop.api(`/payment-invoices/${id}`))).toMatchObject({ refunded_amount: 1 })
  })

  it('refunds of all, without a reference, give back what was paid and no more', async () => {
    const id = idOf(await shop.paid())
    await atOnce(() => shop.api(`/payment-invoices/${id}/refund`, undefined, { method: 'POST' }))
    await shop.server.work()
    expect([await booked(id, 'refund'), await posted(id, 'refund')]).toEqual([1, 1])
    expect(attributesOf(await shop.api(`/payment-invoices/${id}`))).toMatchObject({ status: 'refunded', refunded_amount: 10 })
  })

  it('payouts make one, and commands to process it send it once', async () => {
    const name = reference('race')
    const answers = await atOnce(() => shop.payout({ reference_id: name, service: 'payment_card_usd', fields: { card_number: '4242424242424242' } }))
    expect([countOf(answers, 201), countOf(answers, 422)]).toEqual([1, 99])
    // The sealed card of a payout that was refused is not kept either.
    expect(await rows('instruments WHERE customer_id IS NULL', [])).toBe(1)
    const id = idOf(answers.find(({ status }) => status === 201)!)
    const commands = await atOnce(() => shop.api(`/payout-invoices/${id}/process`, undefined, { method: 'POST' }))
    expect([countOf(commands, 201), countOf(commands, 422)]).toEqual([1, 99])
    expect([await booked(id, 'payout'), await posted(id, 'payout'), await posted(id, 'payout_reserved')]).toEqual([1, 1, 1])
    expect(statusOf(await shop.api(`/payout-invoices/${id}`))).toBe('processed')
  })

  it('customers are one', async () => {
    const name = reference('race')
    const answers = await atOnce(() => shop.api('/customers', { data: { type: 'customers', attributes: { reference_id: name, name: 'Ann' } } }))
    expect(countOf(answers, 201)).toBe(1)
    expect(new Set(answers.map((answer) => idOf(answer))).size).toBe(1)
  })
})

it('leaves books that balance', async () => {
  expect(await rows('(SELECT currency, sum(line) FROM postings, unnest(amounts) AS line GROUP BY currency HAVING sum(line) <> 0) AS off', [])).toBe(0)
  expect(tokenOf(await shop.invoice())).toContain('.')
})
