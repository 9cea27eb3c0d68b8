/** The bank page of a redirect method: choose a bank, confirm or cancel. */
import { html } from '../pages/html.ts'
import { bill, page, type PageRequest, type PageResponse } from '../pages/page.ts'
import { fill, formatMoney, words } from '../pages/words.ts'
import { APM_BANKS, bankVerdict, isApmBank } from './magic.ts'
import { framing, type Step, type Visit } from './visit.ts'

export function bankPage({ record, language, owner }: Visit, complaint?: string): PageResponse {
  const text = words(language)
  const amount = formatMoney(record.amount, language)
  const choices = APM_BANKS.map((bank) => html`<label class="choice"><input type="radio" name="bank" value="${bank}" required>
<span>${text[`bank_${bank}`]}<small>${text[`bank_${bank}_note`]}</small></span></label>`)
  return page({
    status: complaint === undefined ? 200 : 422, language, owner, title: text.bank_title, ...framing(record),
    body: html`<h1>${text.bank_title}</h1>
${bill(record, language, [[text.for, record.notes.description]])}
${complaint !== undefined && html`<p class="alert" role="alert">${complaint}</p>`}
<form method="post">
<fieldset><legend>${text.bank_choose}</legend>${choices}</fieldset>
<button class="main" name="decision" value="pay">${fill(text.pay, { amount })}</button>
<button name="decision" value="cancel" formnovalidate>${text.cancel}</button>
</form>`,
  })
}

export function chooseBank({ record, language, late_ms }: Visit, form: PageRequest['form']): Step {
  const { bank = '' } = form
  if (!isApmBank(bank)) return { kind: 'complain', text: words(language).bank_missing }
  const { then } = record.notes
  return { kind: 'conclude', verdict: then && then.status !== 'approved' ? then : bankVerdict(bank, late_ms) }
}
