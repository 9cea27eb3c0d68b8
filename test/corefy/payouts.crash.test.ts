/** A payout that is to be sent at once is sent, whatever happens to the server between accepting and sending it: nobody sends it again by hand. */
import { COREFY_DEMO } from '../../src/apis/corefy/demo.ts'
import { persist, until } from '../crash/client.ts'
import { hookOf, told } from '../crash/flows/corefy.ts'
import { check, stepsOf, type Flow } from '../crash/flow.ts'
import { crashTests } from '../crash/run.ts'

const auth = [COREFY_DEMO.account_id, COREFY_DEMO.api_key] as const

const atOnce: Flow = {
  name: 'Corefy payout at once',
  labels: ['accept.after', ...stepsOf('payout')],
  run: async (shop) => {
    const reference_id = `${shop.reference}/out`
    const attributes = { reference_id, currency: 'USD', amount: 10, service: 'payment_card_usd', test_mode: true, fields: { card_number: '4242424242424242' }, callback_url: hookOf(shop, 'out'), options: { auto_process: true } }
    const made = await persist('POST', `${shop.url}/corefy/payout-invoices`, { auth, json: { data: { type: 'payout-invoice', attributes } } })
    check(made.status === 201 || (made.repeated && made.status === 422), `create: ${made.status} ${made.text}`)
    const status = await until('the end of the payout', async () => {
      const found = await persist('GET', `${shop.url}/corefy/payout-invoices?filter[reference_id]=${encodeURIComponent(reference_id)}`, { auth })
      const now = String(found.get('data.0.attributes.status'))
      return now === 'processed' || now === 'process_failed' ? now : undefined
    })
    await told(shop, 'out', status)
  },
}

crashTests([atOnce])
