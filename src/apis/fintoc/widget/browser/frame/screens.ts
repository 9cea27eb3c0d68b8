/** The screens, each a function of what it shows and what its buttons do. */
import type { AccountChoice, BankChoice, Step, Summary } from '../../protocol.ts'
import { sentForm, textField } from './form.ts'
import { announce, backLink, button, el, icon, monogram, say, settings, show } from './page.ts'
import { formatTypedRut, isTypedRut } from './typed-rut.ts'

const simplify = (text: string): string => text.normalize('NFD').replace(/[\u0300-\u036f]/g, '').toLowerCase()

export function showLoading(text = say('loading')): void {
  show(say('title'), el('p', { class: 'waiting', role: 'status' }, el('span', { class: 'spinner', 'aria-hidden': 'true' }), text))
}

/** Search as you type; the number of banks left is told to screen readers. */
export function showBanks(banks: readonly BankChoice[], choose: (bank: BankChoice) => void): void {
  const none = el('p', { class: 'muted', hidden: true }, say('bank_none'))
  const items = banks.map((bank) => ({
    words: simplify(bank.name),
    row: el('li', {}, el('button', { type: 'button', class: 'bank', click: () => choose(bank) }, monogram(bank.name), el('span', {}, bank.name), icon('next', 'M9 5l7 7-7 7'))),
  }))
  const search = textField(say('bank_search'), { name: 'bank', type: 'search', autocomplete: 'off', enterkeyhint: 'search' })
  search.input.addEventListener('input', () => {
    const words = simplify(search.input.value.trim())
    let shown = 0
    for (const item of items) {
      item.row.hidden = !item.words.includes(words)
      if (!item.row.hidden) shown++
    }
    none.hidden = shown > 0
    announce(shown === 0 ? say('bank_none') : say(shown === 1 ? 'bank_found_one' : 'bank_found_other', { n: shown }))
  })
  show(say('bank_title'), search.root, el('ul', { class: 'banks' }, ...items.map(({ row }) => row)), none)
}

export interface LoginParts {
  readonly bank: BankChoice
  readonly country: 'cl' | 'mx'
  readonly username: string
  readonly editable: boolean
  readonly problem?: string
  back(): void
  send(username: string, password: string): Promise<void>
}

export function showLogin(parts: LoginParts): void {
  const chile = parts.country === 'cl'
  const user = textField(say(chile ? 'user_cl' : 'user_mx'), {
    name: 'username', type: 'text', autocomplete: 'username', value: chile ? formatTypedRut(parts.username) : parts.username, readonly: !parts.editable, maxlength: 40,
  }, chile ? say('user_cl_hint') : '')
  const password = textField(say('password'), { name: 'password', type: 'password', autocomplete: 'current-password', maxlength: 100 })
  if (chile) user.input.addEventListener('blur', () => (user.input.value = formatTypedRut(user.input.value)))
  const check = (): boolean => {
    const typed = user.input.value.trim()
    user.complain(typed === '' ? say(chile ? 'user_missing' : 'user_missing_mx') : chile && !isTypedRut(typed) ? say('user_invalid') : '')
    password.complain(password.input.value === '' ? say('password_missing') : '')
    const wrong = [user, password].find((field) => field.input.getAttribute('aria-invalid') === 'true')
    wrong?.input.focus()
    return wrong === undefined
  }
  const form = sentForm({
    children: [user.root, withReveal(password.root, password.input)],
    submit: say('login'),
    busy: say('logging_in'),
    problem: parts.problem,
    check,
    send: async () => {
      const secret = password.input.value
      await parts.send(user.input.value.trim(), secret)
      // Whatever came of it, the password leaves the page.
      password.input.value = ''
    },
  })
  show(say('login_title', { bank: parts.bank.name }), backLink(parts.back), el('p', { class: 'lead' }, monogram(parts.bank.name), el('span', {}, say('login_lead'))), form.root)
}

function withReveal(root: HTMLElement, input: HTMLInputElement): HTMLElement {
  const toggle = el('button', { type: 'button', class: 'reveal', 'aria-pressed': 'false', 'aria-controls': input.id }, say('show'))
  toggle.addEventListener('click', () => {
    const hidden = input.type === 'password'
    input.type = hidden ? 'text' : 'password'
    toggle.textContent = say(hidden ? 'hide' : 'show')
    toggle.setAttribute('aria-pressed', String(hidden))
  })
  root.classList.add('revealing')
  root.append(toggle)
  return root
}

export function showAccounts(step: Step & { step: 'account' }, chosen: string | undefined, go: (account: AccountChoice) => void): void {
  const error = el('p', { class: 'error', id: 'account-error', hidden: true })
  const radios = step.accounts.map((account) => {
    const input = el('input', { type: 'radio', name: 'account', value: account.id, checked: account.id === chosen || step.accounts.length === 1 })
    const name = el(
      'span', { class: 'name' }, `${say(account.type)} `, el('span', { class: 'sr' }, say('account_last', { last4: account.last4 })), el('b', { class: 'num', 'aria-hidden': 'true' }, `•••• ${account.last4}`),
    )
    const money = el('span', { class: account.enough ? 'muted small num' : 'low small num' }, account.enough ? say('account_balance', { amount: account.balance }) : `${say('account_balance', { amount: account.balance })} · ${say('account_low')}`)
    return { account, input, row: el('label', { class: 'choice' }, input, el('span', { class: 'what' }, name, money)) }
  })
  const check = (): boolean => {
    const missing = !radios.some(({ input }) => input.checked)
    error.hidden = !missing
    error.textContent = missing ? say('account_missing') : ''
    if (missing) radios[0]?.input.focus()
    return !missing
  }
  const form = sentForm({
    children: [el('fieldset', { class: 'choices', 'aria-labelledby': 'title', 'aria-describedby': 'account-error' }, ...radios.map(({ row }) => row)), error],
    submit: say('continue'),
    busy: say('continue'),
    check,
    send: async () => {
      const choice = radios.find(({ input }) => input.checked)
      if (choice) go(choice.account)
    },
  })
  show(say('account_title'), el('p', { class: 'lead' }, monogram(step.bank.name), el('span', {}, step.holder === '' ? step.bank.name : say('account_hello', { name: step.holder }))), form.root)
}

/** Everything that matters before money moves: amount, to whom, from where (WCAG 3.3.4). */
export function showConfirm(summary: Summary, bank: BankChoice, account: AccountChoice, problem: string, back: () => void, pay: () => Promise<void>): void {
  const row = (name: string, value: string, look = ''): HTMLElement => el('div', {}, el('dt', {}, say(name)), el('dd', { class: look }, value))
  const form = sentForm({ children: [], submit: say('pay', { amount: summary.amount }), busy: say('paying'), problem, send: pay })
  show(
    say('confirm_title'),
    backLink(back),
    el(
      'dl',
      { class: 'receipt' },
      row('confirm_amount', summary.amount, 'total num'),
      row('confirm_to', `${summary.merchant} · ${summary.recipient.holder}`),
      row('confirm_bank', summary.recipient.bank),
      row('confirm_account', summary.recipient.account, 'num'),
      row('confirm_from', `${bank.name}, ${say(account.type)} ${say('account_last', { last4: account.last4 })}`),
    ),
    el('p', { class: 'muted small' }, say('confirm_ask')),
    form.root,
  )
}

/** SMS, device or coordinates. Codes may be pasted, and browsers may fill one that came by SMS. */
export function showCode(step: Step & { step: 'code' }, problem: string, send: (code: readonly string[]) => Promise<void>): void {
  const common = { inputmode: 'numeric', maxlength: step.input === 'coordinates' ? 4 : 12, type: 'text' }
  const positions = step.input === 'coordinates' ? (step.positions.length > 0 ? step.positions : ['1', '2', '3']) : ['']
  const fields = positions.map((position, index) =>
    textField(position === '' ? say(`${step.input}_label`) : say('coordinates_label', { position }), { ...common, name: `code${index}`, autocomplete: step.input === 'sms' ? 'one-time-code' : 'off' }),
  )
  const check = (): boolean => {
    for (const field of fields) field.complain(field.input.value.trim() === '' ? say('code_missing') : '')
    const wrong = fields.find((field) => field.input.value.trim() === '')
    wrong?.input.focus()
    return wrong === undefined
  }
  const form = sentForm({
    children: [el('div', { class: step.input === 'coordinates' ? 'coordinates' : '' }, ...fields.map(({ root }) => root))],
    submit: say('authorize'),
    busy: say('authorizing'),
    problem: problem !== '' ? problem : step.again ? say('code_wrong') : '',
    check,
    send: () => send(fields.map(({ input }) => input.value.trim())),
  })
  show(say(`${step.input}_title`), el('p', { class: 'lead' }, monogram(step.bank.name), el('span', {}, step.hint === '' || step.input !== 'sms' ? say(`${step.input}_lead`) : say('sms_lead_to', { number: step.hint }))), form.root)
}

export function showApp(bank: BankChoice, decline: () => void): void {
  show(
    say('app_title'),
    el('div', { class: 'phone', 'aria-hidden': 'true' }, monogram(bank.name), el('span', { class: 'bar' }), el('span', { class: 'bar short' }), icon('ok', 'M5 12.5l4.5 4.5L19 7.5')),
    el('p', { class: 'center-text' }, say('app_lead', { bank: bank.name })),
    el('p', { class: 'waiting', role: 'status' }, el('span', { class: 'spinner', 'aria-hidden': 'true' }), say('app_wait')),
    button(say('decline'), decline, 'quiet'),
  )
}

export function showWait(long: boolean): void {
  show(
    say('wait_title'),
    el('div', { class: 'pulse', 'aria-hidden': 'true' }, icon('bank', 'M3 10l9-6 9 6M5 10v8M10 10v8M14 10v8M19 10v8M3 20h18')),
    el('p', { class: 'center-text', role: 'status' }, say(long ? 'wait_long' : 'wait_lead')),
  )
}

export function showDone(summary: Summary, reference: string, finish: (() => void) | undefined): void {
  show(
    say('done_title'),
    el('div', { class: 'seal good', 'aria-hidden': 'true' }, icon('tick', 'M5 12.5l4.5 4.5L19 7.5')),
    el('p', { class: 'center-text', role: 'status' }, say('done_lead', { amount: summary.amount, merchant: summary.merchant })),
    reference !== '' && el('p', { class: 'center-text muted small num' }, say('done_reference', { reference })),
    finish ? button(say('finish'), finish) : mayClose(),
  )
}

export function showPending(summary: Summary, finish: (() => void) | undefined): void {
  show(
    say('pending_title'),
    el('div', { class: 'seal slow', 'aria-hidden': 'true' }, icon('clock', 'M12 7v5l3.5 2', 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18')),
    el('p', { class: 'center-text', role: 'status' }, say('pending_lead', { merchant: summary.merchant })),
    finish ? button(say('finish'), finish) : mayClose(),
  )
}

/** On a page of its own whose shop named no address there is nowhere to go. */
const mayClose = (): HTMLElement => el('p', { class: 'center-text muted small' }, say('may_close'))

export interface WayBack {
  readonly text: string
  readonly press: () => unknown
}

/** The end, or a stop: what happened in words, whether money left, and at least one way on. */
export function showProblem(title: string, problem: string, calm: boolean, ways: readonly WayBack[]): void {
  show(
    title,
    el('div', { class: 'seal bad', 'aria-hidden': 'true' }, icon('cross', 'M12 7v6M12 16.5v.01')),
    el('p', { class: 'center-text', role: 'alert' }, say(problem) || say('problem_general')),
    calm && el('p', { class: 'center-text muted small' }, say('failed_nothing')),
    ...(ways.length === 0 ? [mayClose()] : ways.map(({ text, press }, index) => button(say(text), press, index === 0 ? '' : 'quiet'))),
  )
}

/** Asks before a payment that has begun is given up. A dialog over the screen, so that nothing typed is lost. */
export function askLeave(go: () => void): void {
  const dialog = el('dialog', { class: 'ask', 'aria-labelledby': 'ask-title', 'aria-describedby': 'ask-lead' })
  const stay = (): void => {
    dialog.close()
    dialog.remove()
  }
  dialog.append(
    el('h2', { id: 'ask-title' }, say('leave_title')),
    el('p', { id: 'ask-lead', class: 'muted' }, say('leave_lead')),
    button(say('leave_stay'), stay),
    button(say('leave_go'), () => (stay(), go()), 'quiet'),
  )
  dialog.addEventListener('cancel', stay)
  // Escape closes the dialog by itself; it must not reach the widget and ask again.
  dialog.addEventListener('keydown', (event) => event.key === 'Escape' && event.stopPropagation())
  document.body.append(dialog)
  dialog.showModal()
}

/** Whether there is a place to go to afterwards: a page of its own has one only when the shop named it. */
export const canFinish = settings.mode !== 'page' || settings.success_url !== undefined
export const canExit = settings.mode !== 'page' || settings.cancel_url !== undefined
