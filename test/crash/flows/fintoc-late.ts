/**
 * A bank that says nothing for so long that the payment fails, and then says yes: the shop has been told once how the payment ended, so the
 * money goes back by itself, once.
 */
import { randomBytes } from 'node:crypto'
import { FINTOC_DEMO } from '../../../src/apis/fintoc/demo.ts'
import { INTENT } from '../../fintoc/support.ts'
import { bookAt } from '../books.ts'
import { persist, until, type Answered } from '../client.ts'
import { check, type Flow, type Shop } from '../flow.ts'

/** Of this flow alone: the trigger finds its transfers by it. */
const AMOUNT = 1_017
const DAY_MS = 86_400_000
const HOOK = '/late'

/** Here the payment's patience is over as soon as the bank has nothing to say, and the day until the bank is asked again is a moment. */
const HURRY = `
  CREATE OR REPLACE FUNCTION hurry() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.state = 'processing' THEN NEW.sent_at := least(NEW.sent_at, now() - interval '11 days'); END IF;
    NEW.inquire_at := least(NEW.inquire_at, now());
    RETURN NEW;
  END $$`
const TRIGGER = `CREATE OR REPLACE TRIGGER hurry BEFORE INSERT OR UPDATE ON attempts FOR EACH ROW
  WHEN (NEW.kind = 'transfer' AND NEW.amount = ${AMOUNT} AND (NEW.state = 'processing' OR NEW.reason = 'unresolved')) EXECUTE FUNCTION hurry()`

const post = (shop: Shop, path: string, json: object, name: string): Promise<Answered> =>
  persist('POST', `${shop.url}/fintoc/v1/${path}`, { headers: { authorization: FINTOC_DEMO.secret_key, 'idempotency-key': `${shop.reference} ${name}` }, json })

export const lateMoney: Flow = {
  name: 'Fintoc money after the end',
  labels: ['transfer.record.before#4', 'transfer.record.after#4', 'refund.execute.after'],
  prepare: async (db) => {
    await db.query(HURRY)
    await db.query(TRIGGER)
  },
  run: async (shop) => {
    const all = { url: `${new URL(shop.hooks_url).origin}${HOOK}`, enabled_events: ['*'] }
    check((await post({ ...shop, reference: 'every late case' }, 'webhook_endpoints', all, 'hook')).status === 201, 'no endpoint')
    const intent = await post(shop, 'payment_intents', { ...INTENT, amount: AMOUNT }, 'order')
    const id = String(intent.get('id'))
    const who = { public_key: FINTOC_DEMO.public_key, token: String(intent.get('widget_token')), flow: randomBytes(20).toString('hex') }
    const ask = (name: string, body: object): Promise<Answered> => persist('POST', `${shop.url}/fintoc/v1/widget/${name}`, { json: { ...who, ...body } })
    await ask('sign_in', { institution: 'cl_banco_estado', username: '10000017-2', password: 'jonsnow', holder_type: 'individual' })
    await ask('confirm', { account: 'acc_1' })
    await ask('answer', { code: ['0000'], decline: false })
    const told = (type: string): unknown[] => shop.told.flatMap(({ path, body }) => {
      const event = body as { type: string; data: { id: string; resource_id?: string } }
      return path === HOOK && event.type === type && (event.data.id === id || event.data.resource_id === id) ? [event.data.id] : []
    })
    await until('the failure', () => told('payment_intent.failed').length > 0 || undefined)
    shop.pass(11 * DAY_MS)
    const [refund] = await until('the refund', () => (told('refund.succeeded').length > 0 ? told('refund.succeeded') : undefined))
    check(told('refund.succeeded').every((other) => other === refund), `two refunds: ${told('refund.succeeded').join(', ')}`)
    const now = (await persist('GET', `${shop.url}/fintoc/v1/payment_intents/${id}`, { headers: { authorization: FINTOC_DEMO.secret_key } })).get('status')
    check(now === 'failed' && told('payment_intent.succeeded').length === 0, `what was told as failed is ${String(now)}`)
    const book = (await bookAt(shop.sandbox_url)).filter(({ amount, status }) => amount.minor === BigInt(AMOUNT) && status === 'approved')
    const [came, went] = (['transfer', 'refund'] as const).map((kind) => book.filter((one) => one.kind === kind).length)
    check(came === went, `${came} times it came, ${went} times it went back`)
  },
}
