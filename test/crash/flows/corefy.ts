/** A Corefy shop: how its server makes, pays, reads and refunds invoices, whatever happens to the server that it talks to. */
import { COREFY_DEMO } from '../../../src/apis/corefy/demo.ts'
import { dig } from '../../support/server.ts'
import { formIn, persist, send, until, type Answered } from '../client.ts'
import { check, type Shop } from '../flow.ts'

const auth = [COREFY_DEMO.account_id, COREFY_DEMO.api_key] as const
const FINAL = new Set(['processed', 'process_failed', 'expired', 'terminated', 'verified', 'verify_failed'])

export const CARD = { card_number: '4242424242424242', card_holder: 'ANN LEE', cvv: '083', exp_month: '12', exp_year: '31' }
export const CHALLENGED = { ...CARD, card_number: '4000000000003220' }

export interface Invoice {
  readonly id: string
  /** Of the card gate. */
  readonly token: string
  readonly token_of_card: string | undefined
  readonly status: string
  readonly answer: Answered
}

const invoiceOf = (answer: Answered, at = 'data'): Invoice => ({
  id: String(answer.get(`${at}.id`)), token: String(answer.get(`${at}.attributes.flow_data.metadata.token`)),
  token_of_card: answer.get(`${at}.attributes.payload.token`) as string | undefined, status: String(answer.get(`${at}.attributes.status`)), answer,
})

/** Creates an invoice of 10 USD; when the answer was lost it is found by its reference. */
export async function create(shop: Shop, name: string, more: Readonly<Record<string, unknown>> = {}): Promise<Invoice> {
  const reference_id = `${shop.reference}/${name}`
  const attributes = {
    reference_id, currency: 'USD', amount: 10, service: 'payment_card_usd_hpp', test_mode: true, callback_url: hookOf(shop, name),
    customer: { reference_id: `${shop.reference}-customer`, name: 'Ann Lee' }, gateway_options: { cardgate: { instant: true, tokenize: true } }, ...more,
  }
  const made = await persist('POST', `${shop.url}/corefy/payment-invoices`, { auth, json: { data: { type: 'payment-invoices', attributes } } })
  if (made.status === 201) return invoiceOf(made)
  check(made.repeated && made.status === 422 && String(made.get('errors.0.source.pointer')).endsWith('/reference_id'), `create: ${made.status} ${made.text}`)
  const found = await persist('GET', `${shop.url}/corefy/payment-invoices?filter[reference_id]=${encodeURIComponent(reference_id)}`, { auth })
  check((found.get('data') as unknown[]).length === 1, `the reference is taken, and ${found.text}`)
  return invoiceOf(found, 'data.0')
}

/** Where the callbacks of an invoice go. */
export const hookOf = (shop: Shop, name: string): string => `${shop.hooks_url}/${encodeURIComponent(shop.reference)}/${name}`

/** The sale at the card gate, repeated until its outcome is known or the payer has to act. */
export async function sale(shop: Shop, { token }: Invoice, card: Readonly<Record<string, string>> = CARD): Promise<Answered> {
  return until('the sale', async () => {
    const answer = await persist('POST', `${shop.url}/corefy/payment/sale`, { bearer: token, json: { data: { type: 'sale-operation', attributes: card } } })
    // Over already: the first answer was lost, and what became of it is in the invoice.
    if (answer.status === 409 || (answer.status === 422 && answer.text.includes('The session'))) return answer
    check(answer.status === 201, `sale: ${answer.status} ${answer.text}`)
    return answer.get('status') !== 'process_pending' || answer.get('auth_payload') !== null ? answer : undefined
  })
}

export async function read(shop: Shop, id: string): Promise<Invoice> {
  return invoiceOf(await persist('GET', `${shop.url}/corefy/payment-invoices/${id}`, { auth }))
}

/** Reads the invoice until its status is final, and waits for the callback that says the same. */
export async function ending(shop: Shop, { id }: Invoice, name: string, ends: ReadonlySet<string> = FINAL): Promise<Invoice> {
  const ended = await until(`the end of ${id}`, async () => {
    const invoice = await read(shop, id)
    return ends.has(invoice.status) ? invoice : undefined
  })
  await told(shop, name, ended.status)
  return ended
}

/** Waits for the callback with a status. */
export async function told(shop: Shop, name: string, status: string): Promise<void> {
  const path = new URL(hookOf(shop, name)).pathname
  await until(`the callback ${status} at ${path}`, () => shop.told.some((request) => request.path === path && dig(request.body, 'data.attributes.status') === status) || undefined)
}

/** Refunds; when the answer was lost the same reference says whether it was taken. */
export async function refund(shop: Shop, { id }: Invoice, name: string, amount: number): Promise<void> {
  const reference_id = `${shop.reference}/${name}/refund`
  const made = await persist('POST', `${shop.url}/corefy/payment-invoices/${id}/refund`, { auth, json: { data: { type: 'refunds', attributes: { reference_id, amount } } } })
  check(made.status === 200 || (made.repeated && made.status === 422), `refund: ${made.status} ${made.text}`)
  await until(`the refund of ${id}`, async () => ((await read(shop, id)).status.endsWith('refunded') ? true : undefined))
  await told(shop, name, (await read(shop, id)).status)
}

/** The payer at the issuer's page. Answers what the browser would post to the return address. */
export async function passChallenge(answer: Answered): Promise<{ url: string; form: Record<string, string> }> {
  const action = String(answer.get('auth_payload.action'))
  const challenge = await persist('POST', action, { form: answer.get('auth_payload.params') as Record<string, string> })
  const asked = formIn(challenge.text)
  const answered = await persist('POST', new URL(asked.action, action).href, { form: { ...asked.fields, code: '1234', decision: 'approve' } })
  const { action: url, fields: form } = formIn(answered.text)
  return { url, form }
}

/** The payer's browser comes back, once: who sees an error page does not try for ever. */
export async function comeBack({ url, form }: { url: string; form: Record<string, string> }): Promise<void> {
  await send('POST', url, { form })
}
