/**
 * The widget. The server knows where the payment stands; this side adds two screens of its own between the server's steps
 * (sign-in after a bank was chosen, confirmation after an account was chosen) and tells the host what happens.
 *
 * What can happen at a time is one thing: `turn` counts the screens, and an answer that belongs to an older one is dropped.
 */
import type { AccountChoice, BankChoice, FrameOptions, Refusal, Step, View } from '../../protocol.ts'
import { ask, identity, isRefusal, recall, startOver } from './ask.ts'
import { connect } from './host.ts'
import { onClose, say, showFrame, showHead } from './page.ts'
import { askLeave, canExit, canFinish, showAccounts, showApp, showBanks, showCode, showConfirm, showDone, showLoading, showLogin, showPending, showProblem, showWait } from './screens.ts'
import type { WayBack } from './screens.ts'

let options: FrameOptions = { publicKey: '', token: '' }
let view: View | undefined
let turn = 0
let isOver = false
/** The payer has closed the widget; it may be opened again. */
let isAway = false
/** The bank step, kept for the way back. */
let banks: readonly BankChoice[] = []
const told = new Set<string>()

const POLL_MS = [1000, 1000, 1500, 2000, 3000] as const
const POLL_SLOW_MS = 6000
const LONG_MS = 20_000
/** How long a finished payment is shown before the shop goes on by itself. */
const DONE_MS = 2500

const host = connect({ start, opened, leave })
onClose(leave)
showFrame(canExit)
showLoading()

function start(given: FrameOptions): void {
  options = given
  identity.public_key = given.publicKey
  identity.token = given.token
  recall()
  void open()
}

/** The overlay became visible: the screen's heading gets the focus now. */
function opened(): void {
  isAway = false
  document.getElementById('title')?.focus({ preventScroll: true })
}

async function open(): Promise<void> {
  showLoading()
  const answer = await ask('open', {})
  if (isRefusal(answer)) return stop(answer)
  showHead(answer.summary.merchant, answer.summary.amount, answer.summary.test)
  showView(answer)
}

/** Nothing can be shown at all: the token is no good, or the network is away. */
function stop(refusal: Refusal): void {
  tell('on_error')
  showProblem(say('gone_title'), refusal.problem, false, refusal.again ? [{ text: 'retry', press: open }, ...waysOut(false)] : waysOut())
}

/** What a payer may do whose payment is over: a link makes another one, and the shop may have said where to go. */
function waysOut(mayRepeat = true): WayBack[] {
  const isOfLink = options.token.startsWith('plink_') && identity.token !== options.token
  return [...(isOfLink && mayRepeat ? [{ text: 'retry', press: repeat }] : []), ...(canExit ? [{ text: 'finish', press: exit }] : [])]
}

function repeat(): void {
  startOver(options.token)
  told.clear()
  void open()
}

/** An event of the payment's way; each screen tells once per visit. */
function tell(name: string): void {
  host.event(name)
}

function tellOnce(name: string): void {
  if (told.has(name)) return
  told.add(name)
  host.event(name)
}

const CODE_EVENT = { sms: 'sms_authentication_required', device: 'device_authentication_required', coordinates: 'card_authentication_required' } as const

function showView(next: View): void {
  view = next
  turn++
  switch (next.step) {
    case 'bank':
      return showBankStep(next.banks)
    case 'account':
      tell('selecting_account')
      return showAccounts(next, undefined, (account) => confirm(next, account))
    case 'code':
      tell(CODE_EVENT[next.input])
      return showCode(next, '', (code) => answerCode(next, code))
    case 'app':
      tell('app_authentication_required')
      showApp(next.bank, () => void decline())
      return void poll()
    case 'wait':
      tellOnce('validating_payment')
      showWait(false)
      return void poll()
    case 'pending':
      tellOnce('validating_payment')
      showPending(next.summary, canExit ? exit : undefined)
      return void poll()
    case 'done':
      return done(next)
    case 'failed':
    default:
      return failed(next)
  }
}

function showBankStep(list: readonly BankChoice[]): void {
  banks = list
  tell('on_available_institutions')
  const wanted = list.find(({ id }) => id === options.institutionId)
  if (wanted) login(wanted)
  else showBanks(list, login)
}

/** The way back from the sign-in: the list, whatever was chosen for the payer. */
function chooseBank(): void {
  turn++
  tell('on_available_institutions')
  showBanks(banks, login)
}

function login(bank: BankChoice, problem = '', username = options.username ?? ''): void {
  turn++
  tell('on_authentication_form')
  showLogin({
    bank,
    country: view?.summary.country ?? 'cl',
    username,
    editable: options.usernameEditable !== false || (options.username ?? '') === '',
    problem: problem === '' ? '' : say(problem),
    back: chooseBank,
    send: async (user, password) => {
      const mine = turn
      tellOnce('payment_in_progress')
      const answer = await ask('sign_in', { institution: bank.id, username: user, password, holder_type: options.holderType ?? 'individual' })
      if (mine !== turn) return
      if (!isRefusal(answer)) return showView(answer)
      tell('on_error')
      if (answer.again) login(bank, answer.problem, user)
      else showProblem(say('failed_title'), answer.problem, true, waysOut())
    },
  })
}

function confirm(step: Step & { step: 'account' }, account: AccountChoice, problem = ''): void {
  turn++
  const shown = view
  if (!shown) return
  tell('payment_intent_confirmation_required')
  const back = (): void => {
    turn++
    showAccounts(step, account.id, (other) => confirm(step, other))
  }
  showConfirm(shown.summary, step.bank, account, problem === '' ? '' : say(problem), back, async () => {
    const mine = turn
    const answer = await ask('confirm', { account: account.id })
    if (mine !== turn) return
    if (!isRefusal(answer)) return showView(answer)
    if (answer.again) confirm(step, account, answer.problem)
    else stop(answer)
  })
}

async function answerCode(step: Step & { step: 'code' }, code: readonly string[]): Promise<void> {
  const mine = turn
  tell('validating_second_factor')
  const answer = await ask('answer', { code, decline: false })
  if (mine !== turn) return
  if (!isRefusal(answer)) return showView(answer)
  if (answer.again) showCode(step, say(answer.problem), (next) => answerCode(step, next))
  else stop(answer)
}

async function decline(): Promise<void> {
  turn++
  showWait(false)
  const answer = await ask('answer', { code: [], decline: true })
  if (isRefusal(answer)) await poll()
  else showView(answer)
}

/** Asks until the step changes. A lost answer is no news. */
async function poll(): Promise<void> {
  const mine = turn
  const began = Date.now()
  let isLong = false
  for (let round = 0; mine === turn && !isOver; round++) {
    const pause = view?.step === 'pending' ? POLL_SLOW_MS : (POLL_MS[Math.min(round, POLL_MS.length - 1)] ?? 3000)
    await new Promise((resolve) => setTimeout(resolve, pause))
    if (mine !== turn || isOver) return
    // Nobody is looking: the bank's news wait for the payer, the shop's server hears them anyway.
    if (isAway) continue
    const answer = await ask('state', {})
    if (mine !== turn) return
    if (!isRefusal(answer) && answer.step !== view?.step) return showView(answer)
    if (isRefusal(answer) && !answer.again) return stop(answer)
    if (!isLong && view?.step === 'wait' && Date.now() - began > LONG_MS) {
      isLong = true
      showWait(true)
    }
  }
}

function done(next: View & { step: 'done' }): void {
  tell('payment_created')
  showDone(next.summary, next.reference, canFinish ? succeed : undefined)
  if (canFinish) setTimeout(succeed, DONE_MS)
}

function succeed(): void {
  if (isOver) return
  isOver = true
  host.success()
  host.close()
}

function failed(next: View & { step: 'failed' }): void {
  tell('payment_error')
  const isExpired = next.status === 'expired'
  // Nobody knows whether that money left: paying again is not what to offer.
  const isUnresolved = next.problem === 'problem_unresolved'
  showProblem(say(isExpired ? 'closed_title' : 'failed_title'), next.problem, !isUnresolved, waysOut(!isUnresolved))
}

/** Out, unfinished (or not known to be finished). On a page of its own that leads nowhere the payer is still there. */
function exit(): void {
  if (isOver || !canExit) return
  isAway = true
  host.exit()
  host.close()
}

/** The payer wants out. Before the sign-in nothing has begun; after it the payer is asked, and the server told. */
function leave(): void {
  if (view?.step === 'done') return succeed()
  const hasBegun = view?.step === 'account' || view?.step === 'code' || view?.step === 'app'
  if (!hasBegun) {
    // A payer who gives up at a refused sign-in has failed of it; the server need not wait for the time to run out.
    if (view?.step === 'bank' && told.has('payment_in_progress')) void ask('leave', {})
    return exit()
  }
  if (document.querySelector('dialog[open]')) return
  askLeave(() => void giveUp())
}

async function giveUp(): Promise<void> {
  turn++
  showLoading()
  const answer = await ask('leave', {})
  if (!isRefusal(answer)) {
    // The money may have moved after all, or be on its way: then that is what the payer sees.
    view = answer
    if (answer.step === 'done' || answer.step === 'pending' || answer.step === 'wait') return showView(answer)
    showView(answer)
  }
  exit()
}
