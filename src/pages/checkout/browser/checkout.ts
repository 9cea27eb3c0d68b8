import { startCountdown } from '../../browser/countdown.ts'
import type { CheckoutSettings } from '../wire.ts'

const settings = JSON.parse(document.getElementById('settings')?.textContent ?? '{}') as CheckoutSettings
const form = document.getElementById('form')
const groups = document.querySelectorAll<HTMLFieldSetElement>('fieldset[data-service]')

/** Shows what the chosen service asks and nothing else. A disabled group is neither checked nor sent. */
function showChosen(): void {
  const chosen = document.querySelector<HTMLInputElement>('input[name=service]:checked')?.value
  for (const group of groups) {
    const here = group.dataset['service'] === chosen
    group.hidden = !here
    group.disabled = !here
    for (const field of group.querySelectorAll<HTMLInputElement>('[data-required]')) field.required = here
  }
}

/** Leaves the ways to pay of one kind. What is no longer seen is not chosen either. */
function filterBy(kind: string): void {
  for (const chip of document.querySelectorAll<HTMLElement>('.chip')) chip.setAttribute('aria-pressed', String(chip.dataset['kind'] === kind))
  for (const choice of document.querySelectorAll<HTMLElement>('.choice[data-kind]')) {
    choice.hidden = kind !== 'all' && choice.dataset['kind'] !== kind
    const radio = choice.querySelector('input')
    if (choice.hidden && radio) radio.checked = false
  }
  showChosen()
}

function startFilter(): void {
  const filter = document.getElementById('filter')
  if (!filter) return
  filter.hidden = false
  for (const chip of filter.querySelectorAll<HTMLElement>('.chip')) chip.addEventListener('click', () => filterBy(chip.dataset['kind'] ?? 'all'))
}

function startTimer(in_s: number): void {
  const [box, text, spoken] = ['timer', 'timer-text', 'spoken'].map((id) => document.getElementById(id))
  startCountdown({
    in_s,
    from_s: settings.is_counted ? in_s : 0,
    show: (time) => {
      if (box) box.hidden = false
      if (text) text.textContent = settings.time_left.replace('{time}', time)
    },
    speak: (minutes) => {
      if (spoken) spoken.textContent = settings.minutes_left[minutes] ?? ''
    },
    // What the address shows now is that the time is over. Not `reload`: this page may be the answer to a form.
    over: () => location.replace(location.href),
  })
}

// The server says what is wrong at each field, in the page's language; a browser would say it in its own, one at a time.
if (form instanceof HTMLFormElement) form.noValidate = true

let sent = false
function setSent(to: boolean): void {
  sent = to
  const button = document.getElementById('continue')
  button?.classList.toggle('busy', to)
  if (to) button?.setAttribute('aria-disabled', 'true')
  else button?.removeAttribute('aria-disabled')
}

form?.addEventListener('change', showChosen)
form?.addEventListener('submit', (event) => {
  if (sent) event.preventDefault()
  setSent(true)
})
addEventListener('pageshow', () => {
  setSent(false)
  showChosen()
})
startFilter()
showChosen()
if (settings.expires_in_s !== undefined) startTimer(settings.expires_in_s)
document.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
