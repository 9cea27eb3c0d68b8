import type { FieldError } from '../card/wire.ts'
import { textsFor } from '../text/catalogue.ts'
import { customerName, serviceFieldName } from './fields.ts'
import type { CheckoutField, CheckoutPageView } from './view.ts'

/** What the payer chose and filled in, or what must be corrected. Fields are named as in the form, for the page's `errors`. */
export type CheckoutResult =
  | {
      readonly ok: true
      readonly session: string
      readonly service: string
      readonly fields: Readonly<Record<string, string>>
      readonly customer: Readonly<Record<string, string>>
    }
  /** `again`: what differs in the page that asks again, with what the payer has typed and chosen already. */
  | { readonly ok: false; readonly again: Pick<CheckoutPageView, 'services' | 'customer_fields' | 'chosen' | 'errors'> }

const VALUE_LENGTH_MAX = 500

/** Reads the form of the checkout page: `form` is its flat content, name to value, as a form parser gives it. */
export function readCheckout(form: Readonly<Record<string, unknown>>, view: Pick<CheckoutPageView, 'services' | 'customer_fields' | 'language'>): CheckoutResult {
  const texts = textsFor(view.language)
  const service = view.services.find(({ code }) => code === form['service'])
  const errors: FieldError[] = service ? [] : [{ field: 'service', message: texts.say('method_missing') }]
  const read = (fields: readonly CheckoutField[], nameOf: (key: string) => string): Record<string, string> => {
    const values: Record<string, string> = {}
    for (const field of fields) {
      const name = nameOf(field.key)
      const value = textOf(form[name])
      const problem = value === '' ? (field.required ? 'field_missing' : undefined) : fits(value, field) ? undefined : 'field_invalid'
      if (problem) errors.push({ field: name, message: texts.say(problem) })
      else if (value !== '') values[field.key] = value
    }
    return values
  }
  const fields = service ? read(service.fields ?? [], (key) => serviceFieldName(service.code, key)) : {}
  const customer = read(view.customer_fields ?? [], customerName)
  if (!service || errors.length > 0) return { ok: false, again: { ...typedView(form, view), errors } }
  return { ok: true, session: textOf(form['session']), service: service.code, fields, customer }
}

function typedView(form: Readonly<Record<string, unknown>>, view: Pick<CheckoutPageView, 'services' | 'customer_fields'>): Pick<CheckoutPageView, 'services' | 'customer_fields' | 'chosen'> {
  const typed = (fields: readonly CheckoutField[], nameOf: (key: string) => string): CheckoutField[] => fields.map((field) => ({ ...field, value: textOf(form[nameOf(field.key)]) }))
  return {
    services: view.services.map((service) => (service.fields === undefined ? service : { ...service, fields: typed(service.fields, (key) => serviceFieldName(service.code, key)) })),
    customer_fields: view.customer_fields && typed(view.customer_fields, customerName),
    chosen: textOf(form['service']),
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.trim().slice(0, VALUE_LENGTH_MAX) : ''
}

function fits(value: string, field: CheckoutField): boolean {
  if (field.type === 'email') return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)
  if (field.type === 'select') return (field.options ?? []).some((option) => option.value === value)
  return field.pattern === undefined || matches(value, field.pattern)
}

/** The merchant's pattern. One that does not compile cannot be met by any payer, so it is not held against them. */
function matches(value: string, pattern: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(value)
  } catch {
    return true
  }
}
