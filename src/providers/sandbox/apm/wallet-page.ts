/** The wallet: sign in with an account and a PIN, see what is paid, confirm or cancel. */
import { conclude } from '../records.ts'
import { html } from '../pages/html.ts'
import { bill, page, type PageRequest, type PageResponse } from '../pages/page.ts'
import { fill, formatMoney, words } from '../pages/words.ts'
import { WALLET_PIN, WALLET_TRIES_MAX, walletVerdict } from './magic.ts'
import { framing, type Step, type Visit } from './visit.ts'

const ACCOUNT_LENGTH_MAX = 100

const isSignedIn = ({ record }: Visit): boolean => record.notes.answer === 'passed'

export function walletPage(visit: Visit, complaint?: string): PageResponse {
  const { record, language, owner } = visit
  const text = words(language)
  const title = isSignedIn(visit) ? text.wallet_confirm : text.wallet_sign_in
  return page({
    status: complaint === undefined ? 200 : 422, language, owner, title, ...framing(record),
    body: html`<h1>${title}</h1>
${isSignedIn(visit) ? confirmation(visit) : signIn(visit, complaint)}
<footer><p class="note">${text.wallet_test_hint}</p></footer>`,
  })
}

function signIn({ record, language }: Visit, complaint: string | undefined) {
  const text = words(language)
  const invalid = complaint === undefined ? 'false' : 'true'
  const account = record.notes.prefill ?? ''
  return html`${bill(record, language, [[text.for, record.notes.description]])}
${complaint !== undefined && html`<p class="alert" role="alert" id="error">${complaint}</p>`}
<form method="post">
<label for="account">${text.wallet_account}</label>
<input id="account" name="account" type="text" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="${ACCOUNT_LENGTH_MAX}"
 value="${account}" aria-invalid="${invalid}"${complaint !== undefined && html` aria-describedby="error"`}${complaint !== undefined && account === '' && html` autofocus`}>
<label for="pin">${text.wallet_pin}</label>
<input id="pin" name="pin" type="password" inputmode="numeric" autocomplete="current-password" maxlength="12" aria-invalid="${invalid}"${complaint !== undefined && html` aria-describedby="error"`}${complaint !== undefined && account !== '' && html` autofocus`}>
<button class="main" name="decision" value="enter">${text.wallet_enter}</button>
<button name="decision" value="cancel">${text.cancel}</button>
</form>`
}

function confirmation({ record, language }: Visit) {
  const text = words(language)
  const amount = formatMoney(record.amount, language)
  return html`${bill(record, language, [[text.for, record.notes.description], [text.wallet_as, record.facts.account?.id]])}
<form method="post">
<button class="main" name="decision" value="pay">${fill(text.pay, { amount })}</button>
<button name="decision" value="cancel">${text.cancel}</button>
</form>`
}

export function confirmWallet(visit: Visit, form: PageRequest['form']): Step {
  const text = words(visit.language)
  if (isSignedIn(visit)) return { kind: 'conclude', verdict: visit.record.notes.then ?? { status: 'approved' } }
  const { account = '', pin = '' } = form
  // What the payer typed stays, so that only the mistake has to be typed again.
  const typed = account.trim().slice(0, ACCOUNT_LENGTH_MAX)
  const keep = (record: Visit['record']): Visit['record'] => ({ ...record, notes: { ...record.notes, prefill: typed } })
  if (typed === '' || pin.trim() === '') return { kind: 'change', change: keep, complaint: () => text.missing }
  if (pin.trim() === WALLET_PIN) return { kind: 'change', change: (record) => signedIn(record, typed, visit.late_ms) }
  return {
    kind: 'change',
    change: (record, now) => {
      const tries = (record.notes.tries ?? 0) + 1
      const after = { ...record, notes: { ...keep(record).notes, tries } }
      return tries < WALLET_TRIES_MAX ? after : conclude(after, { status: 'declined', reason: 'authentication_failed' }, now)
    },
    complaint: ({ notes }) => fill(text.wallet_wrong, { left: WALLET_TRIES_MAX - (notes.tries ?? 0) }),
  }
}

/** The account decides what a confirmation will lead to, unless the merchant's test has decided already. */
function signedIn(record: Visit['record'], account: string, late_ms: number): Visit['record'] {
  const { then } = record.notes
  return {
    ...record,
    facts: { ...record.facts, account: { ...record.facts.account, id: mask(account) } },
    notes: { ...record.notes, prefill: undefined, answer: 'passed', then: then?.status === 'approved' ? walletVerdict(account, late_ms) : then },
  }
}

/** `pat@shop.example` is `p••@shop.example`, `+56912345678` is `••••5678`. */
export function mask(account: string): string {
  const at = account.indexOf('@')
  return at > 0 ? `${account[0] ?? ''}••${account.slice(at)}` : `••••${account.slice(-4)}`
}
