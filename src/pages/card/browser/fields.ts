import { fieldProblem, typedBrand } from './check.ts'
import type { CardField, Problem } from './check.ts'
import { digitsOf, plainDigits } from './digits.ts'
import { formatExpiry, parseExpiry } from './expiry.ts'
import type { Brand } from './number.ts'
import { codeLengths } from './number.ts'
import { element, input, rules, say, settings } from './page.ts'
import { formatExpiryField, formatNumber, formatWhileTyping } from './typing.ts'

const FIELDS: readonly CardField[] = ['card_number', 'exp', 'cvv', 'card_holder']

/** The saved card that is chosen, or null when a new card is entered. */
export function chosenCard(): HTMLInputElement | null {
  return document.querySelector<HTMLInputElement>('input[name=saved_card][value]:not([value=""]):checked, input[name=saved_card][type=hidden]')
}

/** The fields that count at the moment. */
export function activeFields(): readonly CardField[] {
  return FIELDS.filter((name) => input(name) && (name === 'cvv' || !chosenCard()))
}

/** What is wrong with a field now. */
export function problemOf(name: CardField): Problem | undefined {
  return fieldProblem(name, input(name)?.value ?? '', rules(), currentBrand())
}

/** Shows what is wrong with a field, or that nothing is. */
export function showError(name: string, message: string): void {
  const field = input(name)
  const text = document.getElementById(`${name}-error`)
  if (!field || !text) return
  text.textContent = message
  text.hidden = message === ''
  if (message === '') field.removeAttribute('aria-invalid')
  else field.setAttribute('aria-invalid', 'true')
}

/** The text for a problem. */
export function problemText(problem: Problem | undefined): string {
  return problem ? say(problem.key, { n: problem.n ?? '' }) : ''
}

/** Starts formatting, brand marks and error texts for all fields. */
export function startFields(): void {
  const number = input('card_number')
  const expiry = input('exp')
  const cvv = input('cvv')
  if (number) {
    formatWhileTyping(number, formatNumber)
    number.addEventListener('input', showBrand)
    number.value = formatNumber(number.value, { forwards: true, byKey: false })
  }
  if (expiry) {
    formatWhileTyping(expiry, formatExpiryField)
    expiry.addEventListener('change', () => {
      const date = parseExpiry(expiry.value)
      if (date) expiry.value = formatExpiry(date)
    })
  }
  if (cvv) formatWhileTyping(cvv, (text, { byKey }) => digitsOf(text).slice(0, byKey ? Math.max(...codeLengths(currentBrand())) : undefined))
  for (const name of FIELDS) if (input(name)) watch(name)
  document.getElementById('cards')?.addEventListener('change', () => {
    showError('cvv', '')
    showChoice()
  })
  showChoice()
}

/** Errors appear when a field is left, never while it is filled in; one that is put right disappears at once. */
function watch(name: CardField): void {
  const field = input(name)
  // Who hears the page is in the next field by then: what was wrong is said as well.
  const tell = (message: string): void => {
    showError(name, message)
    element('spoken').textContent = message
  }
  field?.addEventListener('blur', () => {
    // An error that appears between pressing and letting go moves what is pressed away. The button shows all errors by itself.
    if (document.querySelector('button:active, a:active, label:active')) return
    if (plainDigits(field.value).trim() !== '') tell(problemText(problemOf(name)))
  })
  field?.addEventListener('input', () => {
    if (field.getAttribute('aria-invalid') && !problemOf(name)) tell('')
  })
}

function currentBrand(): Brand | undefined {
  const card = chosenCard()
  if (!card) return typedBrand(input('card_number')?.value ?? '', rules())
  return rules().brands.find((brand) => String(brand.code) === card.dataset['code'])
}

function showChoice(): void {
  const saved = chosenCard() !== null
  for (const part of document.querySelectorAll<HTMLElement>('.new-only')) part.hidden = saved
  showBrand()
}

function showBrand(): void {
  const brand = currentBrand()
  const hint = document.getElementById('cvv-hint')
  if (hint) hint.textContent = say(brand ? (brand.code === 4 ? 'cvv_hint_front' : 'cvv_hint_back') : 'cvv_hint')
  element('code-mark').dataset['code'] = String(brand?.code ?? '')
  const mark = document.getElementById('mark')
  if (!mark) return
  const shown = chosenCard() ? undefined : brand
  mark.dataset['brand'] = shown?.type ?? ''
  const letters = mark.querySelector('text')
  if (letters) letters.textContent = settings.brands.find(([type]) => type === shown?.type)?.[2] ?? ''
  element('card_number-hint').textContent = shown?.name ?? ''
}
