/** The routes of the checkout service: payment tokens, the hosted page, products and pay links (beGateway reference 2.2, 9 and 17). */
import type { FastifyInstance } from 'fastify'
import type { BegatewayDeps } from '../deps.ts'
import { invalidCheckout, type Answer } from '../errors.ts'
import { okay, route, type Call } from '../http.ts'
import { transactionOf } from '../shown/transaction.ts'
import { cardTransaction } from '../shown/card.ts'
import { createCheckout } from './create.ts'
import { openCheckoutOf, pageUrl } from './open.ts'
import { hostedPageRoutes } from './page.ts'
import { productRoutes } from './products.ts'
import { checkoutObject } from './shown.ts'
import { checkoutOf, checkoutProblems } from './wire.ts'
import { isBody } from '../validation/body.ts'

export function checkoutRoutes(server: FastifyInstance, deps: BegatewayDeps): void {
  server.post('/ctp/api/checkouts', route(deps, 'beyag', (call) => create(deps, call)))
  server.get('/ctp/api/checkouts/:token', route(deps, 'beyag', (call) => read(deps, call)))
  hostedPageRoutes(server, deps)
  productRoutes(server, deps)
}

/** Status 201 or 200 is not public; the clients take any 2xx, and 200 is what the other answers have. */
async function create(deps: BegatewayDeps, call: Call): Promise<Answer> {
  const checkout = checkoutOf(call.body)
  if (checkout === undefined) return invalidCheckout([{ path: 'checkout', phrase: "can't be blank" }])
  const problems = checkoutProblems(checkout, deps.clock.now())
  if (problems.length > 0) return invalidCheckout(problems)
  const { token } = await createCheckout(deps, call.shop, checkout)
  return okay({ checkout: { token, redirect_url: pageUrl(deps, token) } })
}

async function read(deps: BegatewayDeps, call: Call): Promise<Answer> {
  const open = await openCheckoutOf(deps, call.shop, call.params['token'] ?? '')
  if (open === undefined) return { status: 404, body: { message: 'Record not found', errors: { base: ['Record not found'] } } }
  const transaction = transactionOf(open.view.payment, open.view.attempts)
  const section = cardTransaction(transaction, call.links)[transaction.type]
  return okay({ checkout: checkoutObject(open.token, open.view, { uid: transaction.uid, ...(isBody(section) ? section : {}) }) })
}
