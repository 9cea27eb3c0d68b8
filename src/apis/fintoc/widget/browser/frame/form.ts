/** Fields with labels and errors, and a form that is sent once at a time. */
import { alertBox, announce, el } from './page.ts'

export interface Field {
  readonly root: HTMLElement
  readonly input: HTMLInputElement
  /** Shows what is wrong, or nothing. */
  complain(text: string): void
}

/** One field: a real label, the error below it tied to the input. */
export function textField(label: string, attributes: Readonly<Record<string, string | number | boolean | undefined>>, hint = ''): Field {
  const id = `f-${String(attributes.name)}`
  const input = el('input', { id, class: 'input', autocapitalize: 'off', autocorrect: 'off', spellcheck: 'false', ...attributes })
  const error = el('p', { class: 'error', id: `${id}-error`, hidden: true })
  const help = hint === '' ? undefined : el('p', { class: 'hint', id: `${id}-hint` }, hint)
  if (help) input.setAttribute('aria-describedby', help.id)
  return {
    root: el('div', { class: 'field' }, el('label', { for: id }, label), input, help, error),
    input,
    complain: (text) => {
      error.textContent = text
      error.hidden = text === ''
      if (text === '') input.removeAttribute('aria-invalid')
      else input.setAttribute('aria-invalid', 'true')
      input.setAttribute('aria-describedby', [text !== '' && error.id, help?.id].filter(Boolean).join(' '))
    },
  }
}

export interface SentForm {
  readonly root: HTMLFormElement
  readonly button: HTMLButtonElement
}

export interface FormParts {
  readonly children: readonly (Node | undefined)[]
  readonly submit: string
  /** What the button says while it works. */
  readonly busy: string
  /** Words of a problem from the last try. */
  readonly problem?: string | undefined
  /** Checks the fields: false when one is wrong (it has complained, and has the focus). */
  check?(): boolean
  send(): Promise<void>
}

/** A form whose button works once at a time: a second press while it is under way does nothing. */
export function sentForm(parts: FormParts): SentForm {
  let busy = false
  const text = el('span', {}, parts.submit)
  const button = el('button', { type: 'submit', class: 'button' }, text)
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    if (busy || parts.check?.() === false) return
    busy = true
    text.textContent = parts.busy
    button.setAttribute('aria-disabled', 'true')
    button.prepend(el('span', { class: 'spinner', 'aria-hidden': 'true' }))
    announce(parts.busy)
    await parts.send()
    busy = false
    text.textContent = parts.submit
    button.removeAttribute('aria-disabled')
    button.querySelector('.spinner')?.remove()
  }
  const problem = parts.problem === undefined || parts.problem === '' ? undefined : alertBox(parts.problem)
  const root = el('form', { class: 'form', novalidate: true, submit: (event) => void submit(event) }, problem, ...parts.children.filter((child) => child !== undefined), button)
  return { root, button }
}
