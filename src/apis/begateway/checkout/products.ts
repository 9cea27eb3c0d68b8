/**
 * Products and pay links (beGateway reference 17): a product is made once; each visit of its link makes a payment token for it. The product's
 * id carries the shop id, because `/products/{id}/pay` is opened by a browser that brings nothing else.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Queryable } from '../../../db/db.ts'
import { languageFromHeader, renderErrorPage } from '../../../pages/index.ts'
import { sendPage } from '../../common/pages.ts'
import { createOpenings, type RateLimit } from '../../common/rate-limit.ts'
import type { BegatewayDeps } from '../deps.ts'
import { invalidCheckout, type Answer } from '../errors.ts'
import { okay, route, type Call } from '../http.ts'
import { noSuchPage } from '../payer/no-such-page.ts'
import { turnAway } from '../payer/openings.ts'
import { sendBack } from '../payer/send-back.ts'
import { findShop } from '../account/shop.ts'
import { flagAt, isBody, present, textAt, type Body } from '../validation/body.ts'
import { createCheckout } from './create.ts'
import { pageUrl } from './open.ts'
import { isSoldOut } from './places.ts'
import { productProblems } from './wire.ts'

export function productRoutes(server: FastifyInstance, deps: BegatewayDeps): void {
  server.post('/products', route(deps, 'beyag', (call) => create(deps, call)))
  server.get('/products/:id', route(deps, 'beyag', (call) => read(deps, call)))
  server.put('/products/:id', route(deps, 'beyag', (call) => change(deps, call)))
  const openings = createOpenings(deps.clock)
  for (const path of ['/products/:id/pay', '/v2/confirm_order/:id/:shop_id']) server.get(path, (request, reply) => buy(deps, openings, request, reply))
}

async function create(deps: BegatewayDeps, call: Call): Promise<Answer> {
  const product = isBody(call.body) ? call.body : {}
  const problems = productProblems(product)
  if (problems.length > 0) return invalidCheckout(problems)
  const id = `prd_${Number(call.shop.id).toString(16).padStart(8, '0')}${deps.ids.hex(8)}`
  const now = deps.clock.now()
  await deps.db.query('INSERT INTO begateway_products (merchant_id, id, product, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)', [call.shop.merchant.id, id, JSON.stringify(present(product)), now])
  return okay(shown(deps, call.shop.id, { id, product: present(product), created_at: now, updated_at: now }))
}

async function read(deps: BegatewayDeps, call: Call): Promise<Answer> {
  const row = await find(deps.db, call.shop.merchant.id, call.params['id'] ?? '')
  return row === undefined ? UNKNOWN : okay(shown(deps, call.shop.id, row))
}

async function change(deps: BegatewayDeps, call: Call): Promise<Answer> {
  const row = await find(deps.db, call.shop.merchant.id, call.params['id'] ?? '')
  if (row === undefined) return UNKNOWN
  const product = { ...row.product, ...present(isBody(call.body) ? call.body : {}) }
  const problems = productProblems(product)
  if (problems.length > 0) return invalidCheckout(problems)
  const updated_at = deps.clock.now()
  await deps.db.query('UPDATE begateway_products SET product = $3, updated_at = $4 WHERE merchant_id = $1 AND id = $2', [call.shop.merchant.id, row.id, JSON.stringify(product), updated_at])
  return okay(shown(deps, call.shop.id, { ...row, product, updated_at }))
}

const UNKNOWN: Answer = { status: 404, body: { message: 'Record not found', errors: { base: ['Record not found'] } } }

interface ProductRow {
  readonly id: string
  readonly product: Body
  readonly created_at: Date
  readonly updated_at: Date
}

async function find(db: Queryable, merchant_id: string, id: string): Promise<ProductRow | undefined> {
  const [row] = await db.query<ProductRow>('SELECT id, product, created_at, updated_at FROM begateway_products WHERE merchant_id = $1 AND id = $2', [merchant_id, id])
  return row
}

function shown({ base_url }: BegatewayDeps, shop_id: string, { id, product, created_at, updated_at }: ProductRow): Record<string, unknown> {
  return {
    ...product, id, created_at: created_at.toISOString(), updated_at: updated_at.toISOString(),
    pay_url: `${base_url}/products/${id}/pay`, confirm_url: `${base_url}/v2/confirm_order/${id}/${shop_id}`,
  }
}

/** What a pay link names; the older spelling says the shop, which must be the product's. */
interface Link {
  readonly id: string
  readonly shop_id?: string
}

/** A visit of a pay link. Visitors alone use nothing up: a place is taken by whoever pays. */
async function buy(deps: BegatewayDeps, openings: RateLimit, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { id, shop_id } = request.params as Link
  const digits = /^prd_([0-9a-f]{8})[0-9a-f]{16}$/.exec(id)?.[1]
  const shop = digits === undefined ? undefined : await findShop(deps.merchants, String(Number.parseInt(digits, 16)))
  const row = shop === undefined || (shop_id ?? shop.id) !== shop.id ? undefined : await find(deps.db, shop.merchant.id, id)
  if (shop === undefined || row === undefined) return noSuchPage(reply)
  const { product } = row
  // Whoever opens a link has said nothing yet but what the browser says.
  const language = textAt(product, 'language') ?? languageFromHeader(request.headers['accept-language'])
  const expired_at = flagAt(product, 'immortal') === true ? undefined : textAt(product, 'expired_at')
  if (expired_at !== undefined && new Date(expired_at) <= deps.clock.now()) return sendPage(reply, renderErrorPage({ kind: 'expired', language, merchant_name: shop.merchant.name }))
  if (await isSoldOut(deps, shop.merchant.id, id)) return sendPage(reply, renderErrorPage({ kind: 'sold_out', language, merchant_name: shop.merchant.name }))
  // From before amounts were counted as on the platform: such a price can't be paid.
  if (productProblems({ ...product }).some(({ path }) => path === 'amount')) return noSuchPage(reply)
  const away = turnAway(openings, id, request, reply)
  if (away !== undefined) return away
  const { token } = await createCheckout(deps, shop, checkoutFor(product, language), id)
  return sendBack(reply, pageUrl(deps, token))
}

function checkoutFor(product: Body, language: string): Body {
  return {
    transaction_type: textAt(product, 'transaction_type') ?? 'payment',
    test: product['test'],
    order: { amount: product['amount'], currency: product['currency'], description: textAt(product, 'name'), additional_data: product['additional_data'], tracking_id: product['tracking_id'] },
    settings: { return_url: product['return_url'], success_url: product['success_url'], notification_url: product['notification_url'], language },
  }
}
