/**
 * Idempotency ("Fintoc reference: Idempotency"): the first answer under a key is stored, also a refusal or a failure of ours, and given
 * again to the same request; another request under the key is refused. Scope: the merchant and the mode.
 *
 * A handler that makes a payment or a refund puts the claim, answer and all, into the commit of its effect (`claim`): of a hundred equal
 * requests at once one commits, the rest find its answer (`replay`). So whoever holds the key decides, and the database knows who that is:
 *
 *  - the effect was committed, and then something failed (the answer of the database was lost): the key is taken, by the answer that the
 *    effect brought along, and that is what is given, now and later. A failure never stands over money that moved;
 *  - the failure takes the key: then the effect was not committed, and cannot be any more, because its claim would no longer be free;
 *  - the database is away, or was: that is told (503) and not stored, and the next request finds out.
 *
 * Other handlers, none of which moves money, are let in one at a time: the key is reserved before they run, and whoever comes meanwhile waits
 * for the answer. A reservation whose process died has no answer to give: after a while whoever repeats the request does its work, knowing
 * that it may be done already (`again`). What such a request makes anew, a link or an endpoint, may then be there twice.
 *
 * What is secret in an answer (a token that is shown once) is stored sealed.
 */
import { createHash } from 'node:crypto'
import { after } from '../../core/clock.ts'
import type { Claim } from '../../idempotency/model.ts'
import { answerClaim, claimKey, findClaim, releaseClaim } from '../../idempotency/store.ts'
import { isDatabaseAway } from '../common/away.ts'
import type { Call, CallAnswer, Handler, Method, Once } from './call.ts'
import { API } from './deps.ts'
import type { FintocDeps } from './deps.ts'
import { FAILURE, problem, refusal } from './errors.ts'
import type { Answer } from './errors.ts'
import { isObject } from './fields.ts'

const KEY_LENGTH_MAX = 255
/** The reference lets keys be forgotten after a day. */
const REMEMBER_MS = 48 * 3_600_000
/** A handler that has not answered after this is presumed dead. */
const TAKEOVER_MS = 10_000
const WAIT_MS = 100

/** Top-level members of answers that are shown once. */
const SECRETS = ['widget_token', 'session_token', 'secret'] as const

interface StoredAnswer {
  readonly body: unknown
  readonly sealed: Readonly<Record<string, string>>
}

type Request = Omit<Call, 'once'> & {
  readonly method: Method
  /** The route as it is registered: an address has many spellings. */
  readonly route: string
  readonly key: string | undefined
  /** Writes an error of ours into the log. */
  readonly report: (error: unknown) => void
}

export async function once(deps: FintocDeps, request: Request, handler: Handler): Promise<CallAnswer> {
  const { key, caller } = request
  if (key === undefined) return handler({ ...request, once: toolsOf(deps, request) })
  if (key.length > KEY_LENGTH_MAX) return refusal(problem('invalid_string_size', `Idempotency-Key has at most ${KEY_LENGTH_MAX} characters`))
  const first = await findClaim(deps.db, caller.merchant.id, scopeOf(request), key)
  if (first !== undefined) return settled(deps, request, handler, first)
  // The handler may commit the claim itself; then there is nothing to reserve.
  return claimsItself(request) ? commitsItself(deps, request, handler) : reserve(deps, request, handler)
}

/** Takes the key, does the work, and stores what came of it. A `stale` reservation is taken over: in one step, so that whoever comes meanwhile finds the one or the other. */
async function reserve(deps: FintocDeps, request: Request, handler: Handler, stale?: Claim): Promise<CallAnswer> {
  const reserved = draft(request, `res_${deps.ids.alphanumeric(20)}`, deps.clock.now())
  const other = stale === undefined ? await claimKey(deps.db, reserved) : await takeOver(deps, stale, reserved)
  if (other !== undefined) return settled(deps, request, handler, other)
  const given = await attempt(deps, request, handler, stale !== undefined)
  await answerClaim(deps.db, reserved.merchant_id, reserved.scope, reserved.key, given.status, toStored(deps, request, given))
  return given
}

function takeOver({ db }: FintocDeps, { merchant_id, scope, key, owner }: Claim, reserved: Claim): Promise<Claim | undefined> {
  return db.transaction(async (tx) => {
    await releaseClaim(tx, merchant_id, scope, key, owner)
    return claimKey(tx, reserved)
  })
}

/** What a handler answers; what breaks in it is an answer too. That the database is away is none: it is over soon, and whoever comes again finds out. */
async function attempt(deps: FintocDeps, request: Request, handler: Handler, again: boolean): Promise<CallAnswer> {
  try {
    return await handler({ ...request, once: toolsOf(deps, request, again) })
  } catch (error) {
    if (isDatabaseAway(error)) throw error
    request.report(error)
    return FAILURE
  }
}

/** Requests whose effect and claim are one commit. */
const claimsItself = ({ route }: Request): boolean => /\/(?:payment_intents|refunds|checkout_sessions)$/.test(route)

/** A refusal or a failure has no effect to be committed with; it is stored after it, if nothing stands under the key by then. */
async function commitsItself(deps: FintocDeps, request: Request, handler: Handler): Promise<CallAnswer> {
  let given: CallAnswer
  try {
    given = await attempt(deps, request, handler, false)
  } catch (error) {
    // The effect may have been committed, and only the answer of the database be lost.
    const made = await findClaim(deps.db, request.caller.merchant.id, scopeOf(request), request.key ?? '')
    if (made === undefined) throw error
    return settled(deps, request, handler, made)
  }
  if (given.status < 400) return given
  const other = await claimKey(deps.db, { ...draft(request, `err_${deps.ids.alphanumeric(20)}`, deps.clock.now()), status: given.status, answer: toStored(deps, request, given) })
  return other === undefined ? given : settled(deps, request, handler, other)
}

/** The answer of the first request; waits for it when that is still at work, and does the work when that was interrupted. */
async function settled(deps: FintocDeps, request: Request, handler: Handler, first: Claim): Promise<CallAnswer> {
  for (let claim: Claim | undefined = first; claim !== undefined; claim = await findClaim(deps.db, claim.merchant_id, claim.scope, claim.key)) {
    if (claim.status !== null || claim.request_hash !== hashOf(request)) return toolsOf(deps, request).replay(claim)
    if (deps.clock.now().getTime() - claim.created_at.getTime() > TAKEOVER_MS) return reserve(deps, request, handler, claim)
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS))
  }
  // Forgotten meanwhile: its time was over.
  return reserve(deps, request, handler)
}

function toolsOf(deps: FintocDeps, request: Request, again = false): Once {
  return {
    again,
    claim:
      request.key === undefined
        ? undefined
        : (owner, answer, created_at) => ({ ...draft(request, owner, created_at), status: answer.status, answer: toStored(deps, request, answer) }),
    replay: async (claim) => {
      if (claim.request_hash !== hashOf(request)) return refusal(problem('invalid_request', 'This Idempotency-Key was used with other parameters.'))
      return fromStored(deps, claim)
    },
  }
}

const scopeOf = ({ caller }: Request): string => `${API}.${caller.mode}`

const draft = (request: Request, owner: string, now: Date): Claim => ({
  merchant_id: request.caller.merchant.id, scope: scopeOf(request), key: request.key ?? '', owner, request_hash: hashOf(request), status: null, answer: null,
  created_at: now, expires_at: after(now, REMEMBER_MS),
})

/** What makes two requests the same: where they go and what they say, in whatever order. */
function hashOf({ method, route, id, body }: Request): string {
  return createHash('sha256').update(`${method} ${route.replace(':id', () => id)} ${JSON.stringify(sorted(body))}`).digest('hex')
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]))
}

const contextOf = (merchant_id: string, scope: string, key: string): string => `claim:${merchant_id}:${scope}:${key}`

function toStored(deps: FintocDeps, request: Request, { body }: Answer): string {
  if (!isObject(body)) return JSON.stringify({ body, sealed: {} } satisfies StoredAnswer)
  const context = contextOf(request.caller.merchant.id, scopeOf(request), request.key ?? '')
  const sealed: Record<string, string> = {}
  const shown: Record<string, unknown> = { ...body }
  for (const name of SECRETS) {
    const value = body[name]
    if (typeof value !== 'string') continue
    sealed[name] = Buffer.from(deps.vault.seal(Buffer.from(value), context)).toString('base64')
    shown[name] = null
  }
  return JSON.stringify({ body: shown, sealed } satisfies StoredAnswer)
}

async function fromStored(deps: FintocDeps, { merchant_id, scope, key, status, answer }: Claim): Promise<Answer> {
  const stored = JSON.parse(answer ?? '{"body":{},"sealed":{}}') as StoredAnswer
  if (!isObject(stored.body)) return { status: status ?? 200, body: stored.body }
  const body: Record<string, unknown> = { ...stored.body }
  for (const [name, sealed] of Object.entries(stored.sealed)) {
    const opened = await deps.vault.open(Buffer.from(sealed, 'base64'), contextOf(merchant_id, scope, key))
    if (!opened.ok) throw new Error(`the vault cannot open a stored answer: ${opened.error}`)
    body[name] = Buffer.from(opened.value).toString()
  }
  return { status: status ?? 200, body }
}
