/** The script, the frame, its requests, the web view's page and the hosted pages. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { addressOf as ipOf, networkOf } from '../../common/ip.ts'
import { sendPage, sendText } from '../../common/pages.ts'
import { createOpenings, type RateLimit } from '../../common/rate-limit.ts'
import { send, UnreadableBody } from '../call.ts'
import { publicCaller } from '../caller.ts'
import { settingsOf } from '../account/settings.ts'
import type { CheckoutRequest } from '../checkout/object.ts'
import type { FintocDeps } from '../deps.ts'
import { ERRORS, problem, refusal } from '../errors.ts'
import { isObject } from '../fields.ts'
import { renderFrame, sdkScript } from './frame.ts'
import type { FrameView } from './frame.ts'
import { findCheckout, isPageId, openPage } from './hosted.ts'
import { readForm } from '../body.ts'
import { addressOf } from '../call.ts'
import type { Requests } from './protocol.ts'
import { answer, confirm, leave, open, signIn, state } from './flow.ts'
import type { WidgetAnswer } from './flow.ts'
import { turnedAway } from './session.ts'

/** What merchants' pages load. Short enough that a fix arrives the same hour, long enough that it costs nothing. */
const SCRIPT_CACHE = 'public, max-age=300, stale-while-revalidate=86400'

export function addWidgetRoutes(server: FastifyInstance, given: FintocDeps): void {
  const deps: WidgetDeps = { ...given, openings: createOpenings(given.clock) }
  // With and without the slash: the server does not tell them apart.
  server.get('/v1', (_request, reply) => sendScript(reply))
  server.get('/v1/widget', (request, reply) => sendFrame(deps, request, reply))
  server.get('/widget.html', (request, reply) => sendPage(reply, renderFrame(webview(request))))
  server.get('/checkout/:id', (request, reply) => sendCheckout(deps, request, reply))
  server.get('/pay/:id', (request, reply) => sendLink(request, reply))
  for (const name of Object.keys(REQUESTS) as (keyof Requests)[]) {
    server.post(`/v1/widget/${name}`, async (request, reply) => sendWidget(reply, await serve(deps, request, name)))
  }
}

function sendScript(reply: FastifyReply): FastifyReply {
  void reply
    .headers({ 'cache-control': SCRIPT_CACHE, 'x-content-type-options': 'nosniff', 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' })
    .type('text/javascript; charset=utf-8')
  return sendText(reply, sdkScript().code)
}

/** The folder of the widget's requests, as this browser reaches it, whatever stands in front of us. */
function baseOf(request: FastifyRequest): string {
  return addressOf(request).pathname.replace(/\/(?:v1\/widget|widget\.html|checkout\/[^/]*|pay\/[^/]*)\/?$/, '/v1/widget/')
}

const queryText = (request: FastifyRequest, name: string): string | undefined => {
  const value = (request.query as Readonly<Record<string, unknown>>)[name]
  return typeof value === 'string' && value !== '' && value.length <= 300 ? value : undefined
}

const languageWish = (request: FastifyRequest): string | undefined => queryText(request, 'lang') ?? queryText(request, 'language') ?? request.headers['accept-language']

/** The merchant's own list of origins decides who may embed it; a key that nobody has gives the same frame, which will open nothing. */
async function sendFrame(deps: FintocDeps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const caller = await publicCaller(deps, queryText(request, 'public_key') ?? '')
  const parents = caller === undefined ? [] : (settingsOf(caller.merchant).origins ?? [])
  return sendPage(reply, renderFrame({ base: baseOf(request), language: languageWish(request), mode: 'frame', parents }))
}

/** "Fintoc reference: Web view mode": everything comes in the address, because an application can say nothing else. */
function webview(request: FastifyRequest): FrameView {
  const query = readForm(addressOf(request).search.slice(1))
  const word = (name: string): string | undefined => (typeof query[name] === 'string' && query[name] !== '' ? query[name] : undefined)
  const user = query['username']
  const nested = isObject(user) ? user : {}
  const username = typeof user === 'string' ? user : typeof nested['value'] === 'string' ? nested['value'] : undefined
  return {
    base: baseOf(request), language: languageWish(request), mode: 'webview', parents: [], tell_events: word('_on_event') === 'true',
    options: {
      publicKey: word('public_key') ?? '', token: word('widget_token') ?? word('session_token') ?? '', holderType: word('holder_type'), institutionId: word('institution_id'), username,
      usernameEditable: nested['editable'] !== 'false',
    },
  }
}

/** The hosted page of a checkout session: it knows where to go afterwards. */
async function sendCheckout(deps: FintocDeps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { id = '' } = request.params as { id?: string }
  const view = await findCheckout(deps, id)
  const checkout = view === undefined ? undefined : (view.payment.request as unknown as CheckoutRequest).checkout
  return sendPage(reply, hosted(request, id.slice(0, 80), checkout?.success_url ?? undefined, checkout?.cancel_url ?? undefined))
}

/** The hosted page of a payment link. */
function sendLink(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { id = '' } = request.params as { id?: string }
  return sendPage(reply, hosted(request, id.slice(0, 80)))
}

function hosted(request: FastifyRequest, token: string, success_url?: string, cancel_url?: string): ReturnType<typeof renderFrame> {
  return renderFrame({ base: baseOf(request), language: languageWish(request), mode: 'page', parents: [], options: { publicKey: '', token }, success_url, cancel_url })
}

const text = (body: Readonly<Record<string, unknown>>, name: string, length_max = 300): string => {
  const value = body[name]
  return typeof value === 'string' && value.length <= length_max ? value : ''
}

const opening = (body: Readonly<Record<string, unknown>>): Requests['open'] => ({ public_key: text(body, 'public_key'), token: text(body, 'token'), flow: text(body, 'flow') })

/** What requests of widgets need beside the rest: how often hosted pages were opened. */
interface WidgetDeps extends FintocDeps {
  readonly openings: RateLimit
}

type Serve = (deps: WidgetDeps, body: Readonly<Record<string, unknown>>, request: FastifyRequest) => Promise<WidgetAnswer>

const REQUESTS = {
  open: (deps, body, request) => {
    const asked = opening(body)
    return isPageId(asked.token) ? openPage(deps, asked, deps.openings, networkOf(ipOf(request))) : open(deps, asked)
  },
  sign_in: (deps, body) =>
    signIn(deps, {
      ...opening(body), institution: text(body, 'institution'), username: text(body, 'username', 60), password: text(body, 'password', 200),
      holder_type: text(body, 'holder_type') === 'business' ? 'business' : 'individual',
    }),
  confirm: (deps, body, request) => confirm(deps, { ...opening(body), account: text(body, 'account') }, { ip: ipOf(request), user_agent: request.headers['user-agent'] }),
  answer: (deps, body) => {
    const given = body['code']
    const code = Array.isArray(given) ? given.slice(0, 10).map((part) => (typeof part === 'string' ? part.slice(0, 20) : '')) : []
    return answer(deps, { ...opening(body), code, decline: body['decline'] === true })
  },
  state: (deps, body) => state(deps, opening(body)),
  leave: (deps, body) => leave(deps, opening(body)),
} as const satisfies Record<keyof Requests, Serve>

/** Requests come from our own frame only. A page of another origin cannot send JSON here without asking, and is refused if it does not ask. */
async function serve(deps: WidgetDeps, request: FastifyRequest, name: keyof Requests): Promise<WidgetAnswer> {
  const refused: WidgetAnswer = { ok: false, error: turnedAway('invalid_request', 'problem_token') }
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') return refused
  if (request.body instanceof UnreadableBody || !isObject(request.body)) return refused
  return REQUESTS[name](deps, request.body, request)
}

/** A refusal carries the widget's words beside the error object that every refusal of this API has. */
function sendWidget(reply: FastifyReply, given: WidgetAnswer): FastifyReply {
  if (given.ok) return send(reply, { status: 200, body: given.value })
  const { code, problem: words, again } = given.error
  // Known to widgets only: the Ruby client has no class for it.
  if (code === 'expired_widget_token') {
    const error = { type: ERRORS.invalid_widget_token.type, code, message: 'The widget token has expired', param: null, doc_url: null }
    return send(reply, { status: 400, body: { error, problem: words, again } })
  }
  const { status, body } = refusal(problem(code, `The widget cannot go on: ${words}`))
  return send(reply, { status, body: { ...(body as object), problem: words, again } })
}
