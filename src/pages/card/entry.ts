/** Reads what the card page sends, as JSON from its script or as a plain form, and checks it by the same rules as the page. */
import { textsFor } from '../text/catalogue.ts'
import type { TextKey } from '../text/catalogue.ts'
import { allowedLengths, brandTable, brandType } from './brands.ts'
import { fieldProblem, typedBrand } from './browser/check.ts'
import type { CardField, EntryRules } from './browser/check.ts'
import { digitsOf, plainDigits } from './browser/digits.ts'
import { parseExpiry } from './browser/expiry.ts'
import type { Brand } from './browser/number.ts'
import type { CardPageView } from './view.ts'
import type { FieldError } from './wire.ts'

/** What the payer wants to pay with: a new card, or a saved one with its security code. */
export type CardEntry =
  | {
      readonly kind: 'new'
      readonly card_number: string
      readonly exp_month: number
      readonly exp_year: number
      readonly cvv: string
      readonly card_holder: string | undefined
      readonly remember: boolean
    }
  | { readonly kind: 'saved'; readonly saved_card: string; readonly cvv: string }

/** An entry that can go to the gateway, or what the payer must correct. */
export type EntryResult =
  | { readonly ok: true; readonly entry: CardEntry; readonly session: string; readonly browser_info: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly errors: readonly FieldError[] }

/** The part of the page's view that decides what is acceptable. */
export type EntryView = Pick<
  CardPageView,
  'saved_cards' | 'predefined' | 'ask_holder' | 'allow_remember' | 'card_number_length' | 'test_mode' | 'now' | 'language'
>

/** Reads and checks the body of a submit. `body` is a parsed JSON object or a parsed form; anything missing counts as empty. */
export function readCardEntry(body: unknown, view: EntryView): EntryResult {
  const text = textReader(body)
  const saved = view.predefined ? [view.predefined] : (view.saved_cards ?? [])
  const wanted = view.predefined?.id ?? text('saved_card')
  const card = saved.find(({ id }) => id === wanted)
  if (wanted !== '' && !card) return refused([{ field: 'saved_card', key: 'saved_card_missing' }], view)

  const rules = entryRules(view)
  const values = { card_number: text('card_number'), exp: expiryText(text), cvv: text('cvv'), card_holder: text('card_holder') }
  const brand = card ? brandOfSaved(card.brand) : typedBrand(values.card_number, rules)
  const fields: readonly CardField[] = card ? ['cvv'] : ['card_number', 'exp', 'cvv', ...(view.ask_holder ? (['card_holder'] as const) : [])]
  const problems = fields.flatMap((field) => fieldProblem(field, values[field], rules, brand) ?? [])
  if (problems.length > 0) return refused(problems, view)

  const cvv = plainDigits(values.cvv).trim()
  const date = parseExpiry(values.exp)
  const entry: CardEntry = card
    ? { kind: 'saved', saved_card: card.id, cvv }
    : {
        kind: 'new',
        card_number: digitsOf(values.card_number),
        exp_month: date?.month ?? 0,
        exp_year: date?.year ?? 0,
        cvv,
        card_holder: values.card_holder.trim() || undefined,
        remember: view.allow_remember === true && isYes(property(body, 'remember')),
      }
  return { ok: true, entry, session: text('session'), browser_info: recordOf(property(body, 'browser_info')) }
}

function refused(problems: readonly { field: string; key: string; n?: number }[], view: EntryView): EntryResult {
  const texts = textsFor(view.language)
  return { ok: false, errors: problems.map(({ field, key, n }) => ({ field, message: texts.say(key as TextKey, { n: n ?? '' }) })) }
}

function entryRules(view: EntryView): EntryRules {
  return { brands: brandTable, lengths: allowedLengths(view.card_number_length), test: view.test_mode ?? false, now: view.now ?? new Date() }
}

function brandOfSaved(brand: string): Brand | undefined {
  return brandTable.find(({ type }) => type === brandType(brand))
}

/** A form sends one field, the script sends month and year. */
function expiryText(text: (name: string) => string): string {
  return text('exp') || [text('exp_month'), text('exp_year')].filter((part) => part !== '').join('/')
}

const TEXT_LENGTH_MAX = 200

function textReader(body: unknown): (name: string) => string {
  return (name) => {
    const value = property(body, name)
    if (typeof value === 'number') return String(value)
    return typeof value === 'string' ? value.slice(0, TEXT_LENGTH_MAX) : ''
  }
}

function property(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null && Object.hasOwn(body, name) ? (body as Readonly<Record<string, unknown>>)[name] : undefined
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {}
}

function isYes(value: unknown): boolean {
  return value === true || value === '1' || value === 'true' || value === 'on'
}
