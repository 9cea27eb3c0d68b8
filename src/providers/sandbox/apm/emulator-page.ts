/** The emulator's page, for amounts that do not decide by themselves: whoever looks at it chooses the ending. */
import { html } from '../pages/html.ts'
import { bill, page, type PageRequest, type PageResponse } from '../pages/page.ts'
import { words } from '../pages/words.ts'
import { framing, type Step, type Visit } from './visit.ts'

export function emulatorPage({ record, language, owner }: Visit): PageResponse {
  const text = words(language)
  return page({
    language, owner, title: text.emulator_title, ...framing(record),
    body: html`<h1>${text.emulator_title}</h1>
${bill(record, language, [[text.for, record.notes.description]])}
<form method="post">
<button class="main" name="decision" value="approve">${text.emulator_approve}</button>
<button name="decision" value="decline">${text.emulator_decline}</button>
<button name="decision" value="later">${text.emulator_later}</button>
<button name="decision" value="cancel">${text.cancel}</button>
</form>`,
  })
}

export function chooseEnding({ record, late_ms }: Visit, { decision }: PageRequest['form']): Step {
  if (decision === 'decline') return { kind: 'conclude', verdict: { status: 'declined', reason: 'declined' } }
  if (decision === 'later') return { kind: 'conclude', verdict: { status: 'processing', after_ms: late_ms, then: { status: 'approved' } } }
  return { kind: 'conclude', verdict: record.notes.then ?? { status: 'approved' } }
}
