/**
 * The issuer's page of the 3-D Secure challenge. It opens by a posted request (`creq`), asks for a code, and sends the browser
 * back with the answer (`cres`). What counts is what it writes into the book; the answer in the browser's hand is only a note.
 */
import { passTime } from '../records.ts'
import type { Book, BookRecord, Notes } from '../book.ts'
import type { Clock } from '../../../core/clock.ts'
import type { Network } from '../network.ts'
import { html } from '../pages/html.ts'
import { bill, hidden, nothingHere, page, postBack, type PageRequest, type PageResponse, type Pages } from '../pages/page.ts'
import { chooseLanguage, fill, words, type Language } from '../pages/words.ts'
import { encodeCres, readCreq } from './three-ds.ts'

/** The code that passes. Any other is wrong. */
export const CHALLENGE_CODE = '1234'
export const CHALLENGE_TRIES_MAX = 3
const ISSUER = 'Bank of the Sandbox'

/** Serves `POST /acs/challenge` and `POST /acs/answer`. */
export function createAcsPages({ network, book, clock }: { network: Network; book: Book; clock: Clock }): Pages {
  return async (request) => {
    if (request.path !== '/acs/challenge' && request.path !== '/acs/answer') return undefined
    const wanted = request.path === '/acs/challenge' ? readCreq(request.form.creq ?? '')?.acsTransID : request.form.challenge
    const record = wanted === undefined ? undefined : await book.findByHandle(wanted)
    const language = chooseLanguage(record?.notes.language, request.accept_language)
    if (request.method !== 'POST' || record?.network !== network.name) return nothingHere(language, ISSUER)
    if (!isOpen(record, clock.now())) return goBack(record, language, request)
    return request.path === '/acs/challenge' ? ask(record, language, request) : answer(network, record, language, request)
  }
}

function isOpen(record: BookRecord, now: Date): boolean {
  return passTime(record, now, 'authentication_timeout').status === 'action_required' && record.notes.answer === undefined
}

async function answer(network: Network, record: BookRecord, language: Language, request: PageRequest): Promise<PageResponse> {
  const { decision, code = '' } = request.form
  const typed = code.replace(/\s/g, '')
  if (decision !== 'cancel' && typed === '') return ask(record, language, request, words(language).acs_missing)
  const after = await network.carryOn(record.key, (current) => {
    if (current.status !== 'action_required' || current.notes.answer !== undefined) return current
    return { ...current, notes: judge(current.notes, decision === 'cancel' ? undefined : typed) }
  })
  if (!after) return nothingHere(language, ISSUER)
  if (after.status !== 'action_required' || after.notes.answer !== undefined) return goBack(after, language, request)
  return ask(after, language, request, fill(words(language).acs_wrong, { left: CHALLENGE_TRIES_MAX - (after.notes.tries ?? 0) }))
}

/** What a typed code does; undefined is the button that cancels. */
function judge(notes: Notes, code: string | undefined): Notes {
  if (code === undefined) return { ...notes, answer: 'canceled' }
  if (code === CHALLENGE_CODE) return { ...notes, answer: 'passed' }
  const tries = (notes.tries ?? 0) + 1
  return tries < CHALLENGE_TRIES_MAX ? { ...notes, tries } : { ...notes, tries, answer: 'failed' }
}

function ask(record: BookRecord, language: Language, request: PageRequest, error?: string): PageResponse {
  const text = words(language)
  const session = request.form.threeDSSessionData ?? ''
  return page({
    status: error === undefined ? 200 : 422,
    language, owner: ISSUER, title: text.acs_title, framed: true,
    body: html`<h1>${text.acs_title}</h1>
${bill(record, language, [[text.for, record.notes.description], [text.card, `•••• ${record.card?.last4 ?? ''}`]])}
<p class="soft">${text.acs_intro}</p>
${error !== undefined && html`<p class="alert" role="alert" id="error">${error}</p>`}
<form method="post" action="answer" autocomplete="off">
${hidden({ challenge: record.handle ?? '', threeDSSessionData: session })}
<label for="code">${text.acs_code}</label>
<p class="hint" id="hint">${text.acs_code_hint}</p>
<input class="code" id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" maxlength="8"
 aria-describedby="hint${error !== undefined && ' error'}" aria-invalid="${error === undefined ? 'false' : 'true'}" autofocus>
<button class="main" name="decision" value="approve">${text.acs_approve}</button>
<button name="decision" value="cancel">${text.acs_cancel}</button>
</form>
<footer><p class="note">${text.acs_test_hint}</p></footer>`,
  })
}

function goBack(record: BookRecord, language: Language, request: PageRequest): PageResponse {
  const text = words(language)
  const { answer, return_url } = record.notes
  const [status, message] =
    answer === 'passed' ? (['Y', text.acs_passed] as const) : answer === 'canceled' ? (['N', text.acs_canceled] as const) : (['N', text.acs_failed] as const)
  return postBack({
    language, owner: ISSUER, title: text.acs_title, message, url: return_url, framed: true,
    fields: {
      cres: encodeCres(record.facts.provider_ref ?? '', record.handle ?? '', answer === 'unavailable' ? 'U' : status),
      threeDSSessionData: request.form.threeDSSessionData ?? '',
    },
  })
}
