/** A refund at Fintoc that its merchant takes back before it starts. */
import { FINTOC_DEMO } from '../../../src/apis/fintoc/demo.ts'
import { ACCOUNTS, INTENT } from '../../fintoc/support.ts'
import { persist, until, type Answered } from '../client.ts'
import { check, type Flow, type Shop } from '../flow.ts'

const post = (shop: Shop, path: string, json: object, name: string): Promise<Answered & { repeated: boolean }> =>
  persist('POST', `${shop.url}/fintoc/v1/${path}`, { headers: { authorization: FINTOC_DEMO.secret_key, 'idempotency-key': `${shop.reference} ${name}` }, json })

const read = (shop: Shop, path: string): Promise<Answered> => persist('GET', `${shop.url}/fintoc/v1/${path}`, { headers: { authorization: FINTOC_DEMO.secret_key } })

export const canceledRefund: Flow = {
  name: 'Fintoc refund, canceled',
  labels: ['refund.cancel.before', 'refund.cancel.after'],
  run: async (shop) => {
    const intent = await post(shop, 'payment_intents', INTENT, 'order')
    const who = { public_key: FINTOC_DEMO.public_key, token: String(intent.get('widget_token')) }
    const ask = (name: string, body: object): Promise<Answered> => persist('POST', `${shop.url}/fintoc/v1/widget/${name}`, { json: { ...who, flow: '', ...body } })
    const flow = String((await ask('sign_in', { institution: 'cl_banco_estado', username: '416148503', password: 'jonsnow', holder_type: 'individual' })).get('flow'))
    await ask('confirm', { flow, account: ACCOUNTS.sms })
    await ask('answer', { flow, code: ['0000'], decline: false })
    const id = String(intent.get('id'))
    await until(`the end of ${id}`, async () => ((await read(shop, `payment_intents/${id}`)).get('status') === 'succeeded' ? true : undefined))
    const refund = await post(shop, 'refunds', { resource_id: id, amount: 400 }, 'refund')
    check(refund.status === 201, `refund: ${refund.text}`)
    // Whoever got no answer asks again. By then it may have started: that is no lie, and it is said.
    const answer = await post(shop, `refunds/${String(refund.get('id'))}/cancel`, {}, 'cancel')
    const status = await until('the end of the refund', async () => {
      const now = String((await read(shop, `refunds/${String(refund.get('id'))}`)).get('status'))
      return now === 'canceled' || now === 'succeeded' ? now : undefined
    })
    check(answer.repeated || answer.status === 201, `cancel: ${answer.status} ${answer.text}`)
    check(status === 'canceled' || answer.status !== 201, 'a refund that was said to be canceled was paid')
  },
}
