/** `options` of an invoice: how often it may be tried, and whether our page is skipped. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { moderate } from '../../src/apis/corefy/moderation.ts'
import type { Called } from '../support/server.ts'
import { attributesOf, CARD, CARDS, formIn, idOf, openShop, passChallenge, reference, sessionOf, statusOf, type Shop } from './shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.close())

const read = (created: Called): Promise<Called> => shop.api(`/payment-invoices/${idOf(created)}`)
const open = (created: Called): Promise<Called> => shop.server.call('GET', `${shop.base}/hpp/${sessionOf(created)}`)
const attempts = async (created: Called): Promise<number> => (await shop.server.db.query('SELECT 1 FROM attempts WHERE payment_id = $1', [idOf(created)])).length

describe('attempts_limit', () => {
  const broke = { card_number: '4000000000009995', exp: '12/31', cvv: '083', card_holder: 'Ann Lee' }
  const submit = (created: Called): Promise<Called> => shop.server.call('POST', `${shop.base}/hpp/${sessionOf(created)}`, { headers: { accept: 'application/json' }, json: broke })

  it.each([[1, undefined, 1], [2, 5, 2], [5, 2, 2]])('of %s with a retry limit of %s allows %d tries', async (attempts_limit, retry_limit, tries) => {
    const created = await shop.invoice({ options: { attempts_limit }, gateway_options: { cardgate: { retry_limit } } })
    for (let left = tries - 1; left > 0; left--) expect((await submit(created)).body).toMatchObject({ status: 'declined', attempts_left: left })
    expect((await submit(created)).body).toMatchObject({ status: 'done' })
    expect(statusOf(await read(created))).toBe('process_failed')
    expect(await attempts(created)).toBe(tries)
  })

  it('of the account holds for every invoice, and an invoice may only lower it', async () => {
    await shop.settings({ attempts_limit: 2, retry_limit: 10 })
    const [plain, lower, higher] = [await shop.invoice(), await shop.invoice({ options: { attempts_limit: 1 } }), await shop.invoice({ options: { attempts_limit: 9 }, gateway_options: { cardgate: { retry_limit: 9 } } })]
    await shop.settings({ attempts_limit: null, retry_limit: 3 })
    expect([(await submit(plain)).get('attempts_left'), (await submit(lower)).get('status'), (await submit(higher)).get('attempts_left')]).toEqual([1, 'done', 1])
  })

  it.each([0, -1, 1.5, '3', 1000])('may not be %s', async (attempts_limit) => {
    for (const refused of [await shop.invoice({ options: { attempts_limit } }), await shop.payout({ options: { attempts_limit } })]) {
      expect([refused.status, refused.get('errors.0.source.pointer')]).toEqual([422, '/data/attributes/options/attempts_limit'])
    }
  })
})

describe('moderation', () => {
  const word = async (created: Called, allowed: boolean): Promise<string | undefined> => {
    const { db, tender: { payments, merchants }, vault } = shop.server
    const view = await payments.find('mer_demo', idOf(created))
    return view === undefined ? 'gone' : moderate({ db, payments, merchants, vault }, view, allowed)
  }
  const submit = (created: Called): Promise<Called> => shop.server.call('POST', `${shop.base}/hpp/${sessionOf(created)}`, { headers: { accept: 'application/json' }, json: { ...CARD, exp: '12/31' } })

  it('blocks an invoice until somebody lets it be paid, or terminates it', async () => {
    await shop.settings({ moderate_invoices: true })
    const [gate, page, no] = [await shop.invoice(), await shop.invoice(), await shop.invoice({ return_url: 'https://shop.example/back' })]
    await shop.settings({ moderate_invoices: false })
    for (const created of [gate, page, no]) expect([created.status, attributesOf(created)]).toMatchObject([201, { status: 'process_pending', resolution: 'ok', moderation_required: true }])
    const refused = await shop.sale(gate)
    expect([refused.status, refused.get('errors.0.detail')]).toEqual([422, 'The payment invoice waits for a moderator.'])
    expect((await submit(page)).body).toMatchObject({ status: 'pending' })
    for (const shown of [await open(page), await shop.server.call('POST', `${shop.base}/hpp/${sessionOf(page)}`, { form: { session: sessionOf(page), ...CARD, exp: '12/31' } })]) {
      expect([shown.status, shown.text.includes('name="card_number"')]).toEqual([200, false])
    }
    expect([await attempts(gate), await attempts(page)]).toEqual([0, 0])
    expect([await word(gate, true), await word(page, true), await word(no, false)]).toEqual([undefined, undefined, undefined])
    expect((await shop.sale(gate)).get('status')).toBe('processed')
    expect((await open(page)).text).toContain('name="card_number"')
    expect((await submit(page)).body).toMatchObject({ status: 'done' })
    for (const created of [gate, page]) expect(attributesOf(await read(created))).toMatchObject({ status: 'processed', moderation_required: false })
    expect(attributesOf(await read(no))).toMatchObject({ status: 'terminated', moderation_required: false, flow_data: [] })
    expect([(await shop.sale(no)).status, (await open(no)).text.includes('https://shop.example/back')]).toEqual([422, true])
    expect(await word(page, false)).toMatch(/does not wait/)
  })
})

describe('bypass_hpp', () => {
  const customer = { reference_id: reference('c'), name: 'Ann Lee' }
  /** A token of the customer's, of a card that asks for 3-D Secure or not. */
  const tokenOf = async (card_number = '4242424242424242'): Promise<unknown> => {
    const first = await shop.invoice({ customer, gateway_options: { cardgate: { tokenize: true } } })
    const sold = await shop.sale(first, { ...CARD, card_number })
    if (sold.get('auth_mode') === '3ds') await passChallenge(shop, sold.get('auth_payload') as { action: string; params: Record<string, string> })
    return (await read(first)).get('data.attributes.payload.token')
  }
  const invoice = async (options: unknown = { bypass_hpp: true }, card_number?: string): Promise<Called> => shop.invoice({ customer, token: await tokenOf(card_number), options, return_url: 'https://shop.example/back' })
  const go = async (created: Called): Promise<Called> => {
    const { action, fields } = formIn((await open(created)).text)
    return shop.server.call('POST', action, { form: fields })
  }

  it('charges the stored card when the payer comes, without asking for anything', async () => {
    const created = await invoice()
    const page = await open(created)
    expect(page.text).not.toContain('name="cvv"')
    // Looking at the address pays nothing: the form of the page does, which goes by itself in a browser.
    expect(await attempts(created)).toBe(0)
    const { action, fields } = formIn(page.text)
    const sent = await shop.server.call('POST', action, { form: fields })
    expect(sent.status).toBe(303)
    expect(attributesOf(await read(created))).toMatchObject({ status: 'processed', payload: { payment_card: { mask: '424242******4242' } } })
    await shop.server.call('POST', action, { form: fields })
    expect(await attempts(created)).toBe(1)
  })

  it('asks after all when the card was declined', async () => {
    const created = await invoice({ bypass_hpp: true }, CARDS.ok_3ds)
    await go(created)
    await passChallenge(shop, `${shop.base}/hpp/${sessionOf(created)}`, '', 'cancel')
    expect(statusOf(await read(created))).toBe('process_pending')
    expect((await open(created)).text).toContain('name="cvv"')
    const again = await shop.server.call('POST', `${shop.base}/hpp/${sessionOf(created)}`, { form: { session: sessionOf(created), bypass: '1' } })
    expect([again.status, await attempts(created)]).toEqual([422, 1])
  })

  it('means nothing where a card must be asked for, or where it is not said', async () => {
    expect((await open(await shop.invoice({ options: { bypass_hpp: true } }))).text).toContain('name="card_number"')
    const plain = await invoice({ bypass_hpp: false })
    expect((await open(plain)).text).toContain('name="cvv"')
    const refused = await shop.server.call('POST', `${shop.base}/hpp/${sessionOf(plain)}`, { form: { session: sessionOf(plain), bypass: '1' } })
    expect([refused.status, await attempts(plain)]).toEqual([422, 0])
    const wrong = await shop.invoice({ options: { bypass_hpp: 'yes' } })
    expect(wrong.get('errors.0.source.pointer')).toBe('/data/attributes/options/bypass_hpp')
  })
})
