/** The voucher: a number and a QR code that lead to a kiosk, where somebody pays, now or days later. */
import { renderSVG } from 'uqr'
import { html, raw } from '../pages/html.ts'
import { bill, page, payee, summary, webAddress, type PageResponse } from '../pages/page.ts'
import { fill, formatMoney, words, type Language } from '../pages/words.ts'
import { framing, type Visit } from './visit.ts'

export function voucherPage({ record, language, owner, base_url }: Visit): PageResponse {
  const text = words(language)
  const { handle = '', notes, expires_at } = record
  const kiosk = `${base_url}/apm/${handle}/kiosk`
  const number = voucherNumber(handle)
  const back = webAddress(notes.return_url)
  const until = expires_at && new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC', hour12: false }).format(expires_at)
  return page({
    language, owner, title: text.voucher_title, script: 'watch', status_shown: record.status, ...framing(record),
    body: html`<h1>${text.voucher_title}</h1>
<p class="amount">${formatMoney(record.amount, language)}</p>
${payee(record, language)}
<p class="soft">${text.voucher_intro}</p>
<div class="qr" role="img" aria-label="${fill(text.voucher_qr, { number })}">${raw(renderSVG(kiosk, { border: 1 }))}</div>
<p class="reference">${number}</p>
${summary([[text.for, notes.description], [text.voucher_until, until && `${until} UTC`]])}
<p role="status">${text.voucher_waiting}</p>
<a class="button main" href="${kiosk}" target="_blank" rel="noopener">${text.voucher_kiosk}</a>
${back !== undefined && html`<a class="button" href="${back}">${text.back}</a>`}
<form method="post"><button name="decision" value="cancel">${text.cancel}</button></form>`,
  })
}

export function kioskPage({ record, language }: Visit): PageResponse {
  const text = words(language)
  const amount = formatMoney(record.amount, language)
  const rows = [[text.voucher_number, voucherNumber(record.handle ?? '')], [text.for, record.notes.description]] as const
  if (record.status !== 'action_required') return kioskEnded(record.status === 'approved', language, [[text.amount, amount], ...rows])
  return page({
    language, owner: text.kiosk_owner, title: text.kiosk_title,
    body: html`<h1>${text.kiosk_title}</h1>
${bill(record, language, rows)}
<form method="post"><button class="main" name="decision" value="pay">${fill(text.kiosk_pay, { amount })}</button></form>`,
  })
}

/** Nobody pays here any more: the heading says so, and the amount is no longer the first thing to be read. */
function kioskEnded(paid: boolean, language: Language, rows: Parameters<typeof summary>[0]): PageResponse {
  const text = words(language)
  const title = paid ? text.kiosk_paid : text.gone_title
  return page({
    language, owner: text.kiosk_owner, title,
    body: html`<h1${paid && raw(' class="done"')}>${title}</h1>
<p role="status">${paid ? text.close : text.gone}</p>
${summary(rows)}`,
  })
}

/** Twelve digits in groups of four that belong to the handle, for people who type them. */
export function voucherNumber(handle: string): string {
  const digits = (BigInt(`0x${Buffer.from(handle).toString('hex') || '0'}`) % 10n ** 12n).toString().padStart(12, '0')
  return digits.replace(/(\d{4})(?=\d)/g, '$1 ')
}
