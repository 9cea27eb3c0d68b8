/**
 * The context cookie of a card page (Corefy reference: card page): set when the form is submitted, so that the browser that paid is known
 * when it comes back. It shows with which card the invoice was paid, and what for; any other browser that has the address, such as the one that a
 * bank's app opens, sees the outcome and the way back, which is all that it needs. The cookie is a keyed hash of the session, so nothing is stored.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { PaymentView } from '../../../payments/model.ts'
import { isFinished } from '../../../payments/decisions/state.ts'
import type { Parts } from '../parts.ts'
import { storedRequest } from '../translate.ts'
import type { PageSession } from './session.ts'

const NAME = 'hpp_context'

/** Sets the cookie on the answer to a form that was taken, until the invoice's time is over. */
export async function keepContext(parts: Parts, session: PageSession, reply: FastifyReply): Promise<void> {
  const { payment } = session.view
  const left_s = payment.expires_at === null ? 0 : Math.floor((payment.expires_at.getTime() - parts.deps.clock.now().getTime()) / 1000)
  // Who submits to an invoice that is over has not paid it.
  if (isFinished(payment.state) || left_s <= 0) return
  void reply.header('set-cookie', contextCookie(parts.shower.pageUrl(payment), await markOf(parts, session), left_s, session.checkout))
}

/** The cookie of the page at `url`; `framed`: the page may be inside another site's frame. */
export function contextCookie(url: string, mark: Uint8Array, life_s: number, framed: boolean): string {
  const { protocol, pathname } = new URL(url)
  const isSecure = protocol === 'https:'
  // `Lax` goes along with the way back from the issuer, which is another site's form and then our redirect. Inside another site's frame no
  // cookie but `None` does, and browsers take that one only over https; it belongs to the frame of that site alone.
  const scope = framed && isSecure ? 'SameSite=None; Secure; Partitioned' : isSecure ? 'SameSite=Lax; Secure' : 'SameSite=Lax'
  return `${NAME}=${Buffer.from(mark).toString('base64url')}; Path=${pathname}; Max-Age=${life_s}; HttpOnly; ${scope}`
}

/** Whether what was paid on our page may be shown to this browser in full. What was paid elsewhere has no browser that could be known. */
export async function mayShowDetails(parts: Parts, session: PageSession, request: FastifyRequest): Promise<boolean> {
  if (!isPaidHere(session.view)) return true
  const given = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim()).filter((pair) => pair.startsWith(`${NAME}=`)).map((pair) => Buffer.from(pair.slice(NAME.length + 1), 'base64url'))
  if (given.length === 0) return false
  const wanted = await markOf(parts, session)
  return given.some((mark) => mark.length === wanted.length && timingSafeEqual(mark, wanted))
}

/** The last try was typed on our page: tries by the card gate are final, and have no retry there. */
function isPaidHere({ payment, attempts }: PaymentView): boolean {
  const last = attempts.findLast(({ kind }) => kind !== 'refund')
  return payment.method === 'card' && last !== undefined && last.request['final'] !== true
}

async function markOf(parts: Parts, { account, view }: PageSession): Promise<Buffer> {
  const { secret } = await parts.accounts.jwtKeys(account)
  return createHmac('sha256', secret).update(`hpp context ${storedRequest(view.payment).sid}`).digest()
}
