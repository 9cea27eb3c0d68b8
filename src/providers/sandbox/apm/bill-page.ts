/**
 * The kiosk of a bill: somebody begins to pay it, and then confirms or gives up. While they are at it nobody else can begin, and after half
 * an hour without a decision the bill waits again. `session` is who has begun: whose time is over pays nothing any more.
 */
import { html } from '../pages/html.ts'
import { bill, hidden, page, type PageRequest, type PageResponse } from '../pages/page.ts'
import { fill, formatMoney, words } from '../pages/words.ts'
import type { BookRecord } from '../book.ts'
import { begin, conclude, sessionOf, waitAgain } from '../records.ts'
import type { Step, Visit } from './visit.ts'

const BEGUN_MS = 30 * 60_000

export function billPage({ record, language, session }: Visit, complaint?: string): PageResponse {
  const text = words(language)
  const amount = formatMoney(record.amount, language)
  const is_theirs = session !== undefined && sessionOf(record) === session
  return page({
    status: complaint === undefined ? 200 : 422, language, owner: text.kiosk_owner, title: text.kiosk_title,
    body: html`<h1>${text.kiosk_title}</h1>
${bill(record, language, [[text.voucher_number, record.facts.account?.account_number], [text.for, record.notes.description]])}
${complaint !== undefined && html`<p class="alert" role="alert">${complaint}</p>`}
${is_theirs
  ? html`<form method="post">${hidden({ session })}<button class="main" name="decision" value="pay">${fill(text.kiosk_pay, { amount })}</button>
<button name="decision" value="cancel">${text.cancel}</button></form>`
  : sessionOf(record) === undefined
    ? html`<form method="post"><button class="main" name="decision" value="begin">${text.kiosk_begin}</button></form>`
    : html`<p role="status">${text.kiosk_taken}</p>`}`,
  })
}

/** `fresh`: the session of who begins now. */
export function payBill({ language }: Visit, { decision, session = '' }: PageRequest['form'], fresh: string): Step {
  const text = words(language)
  if (decision === 'begin') {
    return { kind: 'change', session: fresh, change: (record, now) => (sessionOf(record) === undefined ? begin(record, fresh, BEGUN_MS, now) : record) }
  }
  const decide = (record: BookRecord, now: Date): BookRecord => (decision === 'cancel' ? waitAgain(record, now) : conclude(record, record.notes.then ?? { status: 'approved' }, now))
  return {
    kind: 'change',
    change: (record, now) => (sessionOf(record) === session ? decide(record, now) : record),
    complaint: (record) => (record.status === 'approved' || decision === 'cancel' ? undefined : text.kiosk_over),
  }
}
