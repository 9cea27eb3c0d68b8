import type { CardAnswer, FieldError } from '../wire.ts'
import { activeFields, problemOf, problemText, showError, startFields } from './fields.ts'
import { announce, count, element, go, input, notice, say, settings } from './page.ts'
import { askStatus, newKey, submitCard } from './send.ts'
import type { NoAnswer } from './send.ts'
import { startTimer } from './timer.ts'

/**
 * The card page is in one of three states: open (the payer fills in), busy (a request is under way or the page is being left) and
 * closed (the time has run out). Only `open` takes a submit, so a second press of the button does nothing.
 */
let state: 'open' | 'busy' | 'closed' = 'open'
/** Names one try. It stays the same when no answer came, so that the server knows a repetition; a new entry gets a new one. */
let key = newKey()
/** The page has said how many fields are wrong: it keeps that true while they are put right. */
let isRefused = false
/** The time to pay is over. */
let isLate = false

const form = element('form') as HTMLFormElement
const button = element('pay')
const buttonText = element('pay-text')
const payText = buttonText.textContent ?? ''

const POLL_MS = [1000, 1500, 2000, 3000] as const
const POLL_LONG_MS = 20_000
const POLL_END_MS = 180_000
/** Answers after which the page goes on asking: a lost one is no news. */
const WAITING: readonly string[] = ['pending', 'open', 'unreachable', 'unreadable']
const ON_THEIR_WAY: readonly string[] = ['done', 'gone', 'redirect', 'pending']

function setState(next: typeof state): void {
  state = next
  buttonText.textContent = next === 'busy' ? say('paying') : payText
  button.classList.toggle('busy', next === 'busy')
  if (next === 'open') button.removeAttribute('aria-disabled')
  else button.setAttribute('aria-disabled', 'true')
}

async function onSubmit(event: Event): Promise<void> {
  event.preventDefault()
  if (state !== 'open') return
  notice('')
  announce('')
  isRefused = false
  const problems = activeFields().flatMap((name) => problemOf(name) ?? [])
  for (const name of activeFields()) showError(name, problemText(problems.find(({ field }) => field === name)))
  if (problems.length > 0) return refuse(problems.map(({ field }) => field))
  setState('busy')
  announce(say('processing'))
  const slow = setTimeout(() => announce(say('still_processing')), POLL_LONG_MS)
  const answer = await submitCard(form.querySelector<HTMLInputElement>('[name=session]')?.value ?? '', key)
  clearTimeout(slow)
  await handle(answer)
}

/** What is typed is a new try. */
function onInput(): void {
  key = newKey()
  if (!isRefused) return
  const wrong = form.querySelectorAll('[aria-invalid]').length
  isRefused = wrong > 0
  announce(isRefused ? count('form_invalid', wrong) : '')
}

function refuse(fields: readonly string[]): void {
  isRefused = true
  announce(count('form_invalid', fields.length))
  input(fields[0] ?? '')?.focus()
}

async function handle(answer: CardAnswer | NoAnswer): Promise<void> {
  if (!WAITING.includes(answer.status)) forgetCode()
  // The form would take no other try: the server says how it stands.
  if (isLate && !ON_THEIR_WAY.includes(answer.status)) return go(settings.status_url)
  switch (answer.status) {
    case 'done':
      return go(answer.url)
    case 'gone':
      return go(answer.url ?? settings.status_url)
    case 'redirect':
      announce(say('redirecting'))
      return leaveByForm(answer)
    case 'pending':
      return poll(answer.poll_url)
    case 'declined':
      return showDecline(answer)
    case 'invalid':
      return showInvalid(answer.errors)
    case 'open':
    case 'unreachable':
    case 'unreadable':
    default:
      reopen()
      notice(say(answer.status === 'unreachable' ? 'offline' : 'unexpected'))
      element('alert').focus()
  }
}

/** A security code is used once. Once there is an outcome it is gone from the page, also from what the browser keeps for Back. */
function forgetCode(): void {
  const cvv = input('cvv')
  if (cvv) cvv.value = ''
}

function reopen(): void {
  setState('open')
  announce('')
}

function showDecline(answer: CardAnswer & { status: 'declined' }): void {
  if (answer.attempts_left === 0) return go(settings.status_url)
  key = newKey()
  reopen()
  const more = answer.attempts_left === undefined ? '' : count('attempts_left', answer.attempts_left)
  notice(answer.message || say('failure_declined'), say('failure_title'), more)
  const field = answer.field === undefined ? null : input(answer.field)
  ;(field && !field.closest('[hidden]') ? field : element('alert')).focus()
  element('alert').scrollIntoView({ block: 'nearest' })
}

function showInvalid(errors: readonly FieldError[]): void {
  key = newKey()
  reopen()
  for (const { field, message } of errors) showError(field, message)
  const known = errors.filter(({ field }) => input(field))
  if (known.length > 0) return refuse(known.map(({ field }) => field))
  notice(errors.map(({ message }) => message).join(' ') || say('unexpected'))
  element('alert').focus()
}

/** 3-D Secure: the payer goes to the issuer's page, with a form, because that is what issuers take. */
function leaveByForm(answer: CardAnswer & { status: 'redirect' }): void {
  const target = new URL(answer.action, location.href)
  if (!/^https?:$/.test(target.protocol)) return
  if (answer.method === 'GET') {
    for (const [name, value] of Object.entries(answer.params)) target.searchParams.set(name, value)
    location.assign(target.href)
    return
  }
  const leaving = document.createElement('form')
  leaving.method = 'post'
  leaving.action = target.href
  leaving.hidden = true
  for (const [name, value] of Object.entries(answer.params)) {
    const part = document.createElement('input')
    part.type = 'hidden'
    part.name = name
    part.value = value
    leaving.append(part)
  }
  document.body.append(leaving)
  // Not `leaving.submit()`: a parameter may be called submit.
  HTMLFormElement.prototype.submit.call(leaving)
}

async function poll(url: string): Promise<void> {
  const start = Date.now()
  for (let round = 0; Date.now() - start < POLL_END_MS; round++) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS[Math.min(round, POLL_MS.length - 1)]))
    if (Date.now() - start > POLL_LONG_MS) announce(say('still_processing'))
    const answer = await askStatus(url)
    if (!WAITING.includes(answer.status)) return handle(answer as CardAnswer)
  }
  go(settings.status_url)
}

/** A page that comes back from the history must be usable, hold no security code, and not sell twice what is already paid. */
async function onReturn(event: PageTransitionEvent): Promise<void> {
  if (!event.persisted || state !== 'busy') return
  reopen()
  forgetCode()
  const answer = await askStatus(settings.status_url)
  if (answer.status === 'done' || answer.status === 'gone') await handle(answer)
}

/** What is under way when the time runs out may still end well. */
function onExpiry(): void {
  isLate = true
  element('timer').hidden = true
  if (state === 'open') close()
}

/** Nothing can be paid here any more: the fields go, and the way back is what is left to press. */
function close(): void {
  setState('closed')
  forgetCode()
  announce('')
  notice(say('session_expired'))
  form.classList.add('closed')
  const back = document.getElementById('back')
  if (back) back.hidden = false
  element('alert').focus()
}

form.noValidate = true
form.addEventListener('submit', (event) => void onSubmit(event))
form.addEventListener('input', onInput)
addEventListener('pageshow', (event) => void onReturn(event))
startFields()
startTimer((text) => (element('spoken').textContent = text), onExpiry)
if (!element('alert').hidden) element('alert').focus()
