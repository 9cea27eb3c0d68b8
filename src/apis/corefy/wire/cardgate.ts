/** `gateway_options.cardgate` of an invoice: how it is read, and what it means for the card page. */
import type { CardNumberLength, Theme } from '../../../pages/index.ts'
import { isObject } from '../../common/body.ts'
import { themeOf } from '../page/look.ts'
import type { Reader } from './reader.ts'

/** Options of the card gate for one invoice (Corefy reference: gateway_options.cardgate). */
export interface CardgateOptions {
  readonly tokenize?: boolean
  readonly instant?: boolean
  readonly restrict_saved_cards?: boolean
  readonly bypass_status_page?: boolean
  readonly retry_limit?: number
  readonly theme?: string
  readonly theme_options?: Readonly<Record<string, unknown>>
}

/** Release notes: so many theme options at most. */
const THEME_KEYS_MAX = 50
/** Lengths of card numbers that there are (ISO/IEC 7812). */
const NUMBER_LENGTH_MIN = 12
const NUMBER_LENGTH_MAX = 19

/** The options of a create request. */
export function readCardgate(fields: Reader): CardgateOptions {
  const gate = fields.inside('gateway_options').inside('cardgate')
  const options: Record<string, unknown> = {
    tokenize: gate.flag('tokenize'),
    // `recurrent` is what `instant` was called until November 2020.
    instant: gate.flag('instant') ?? gate.flag('recurrent'),
    restrict_saved_cards: gate.flag('restrict_saved_cards'),
    bypass_status_page: gate.flag('bypass_status_page'),
    retry_limit: gate.whole('retry_limit', 1, 20),
    theme: gate.text('theme') ?? undefined,
    theme_options: gate.has('theme_options') ? readThemeOptions(gate) : undefined,
  }
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as CardgateOptions
}

/** Unknown options are kept. Of the length of card numbers there is one way to say it (release notes: range and list exclude each other). */
function readThemeOptions(gate: Reader): Readonly<Record<string, unknown>> {
  const options = gate.map('theme_options', THEME_KEYS_MAX)
  const length = options['card_number_length']
  const isTwice = isObject(length) && Object.hasOwn(length, 'range') && Object.hasOwn(length, 'allowedNumbers')
  if (isTwice) gate.inside('theme_options').refuse('card_number_length', 'card_number_length takes either range or allowedNumbers.')
  return options
}

/** What the theme options say to the pages. */
export interface PageTheme {
  readonly theme: Theme | undefined
  readonly merchant_name: string | undefined
  readonly powered_by: boolean | undefined
  readonly ask_holder: boolean
  readonly card_number_length: CardNumberLength | undefined
}

/** The theme of an invoice's pages. A theme that is a brand's at the original has no counterpart here. */
export function pageThemeOf({ theme, theme_options: options = {} }: CardgateOptions): PageTheme {
  const { merchant_name, powered_by, card_holder, card_number_length } = options
  return {
    theme: themeOf(theme),
    merchant_name: typeof merchant_name === 'string' && merchant_name.trim() !== '' ? merchant_name.slice(0, 100) : undefined,
    powered_by: typeof powered_by === 'boolean' ? powered_by : undefined,
    ask_holder: card_holder !== false,
    card_number_length: numberLength(card_number_length),
  }
}

/** Lengths that no card has are as if nothing was said. */
function numberLength(value: unknown): CardNumberLength | undefined {
  if (!isObject(value)) return undefined
  const { range, allowedNumbers } = value
  if (Array.isArray(allowedNumbers)) return allowedNumbers.length > 0 && allowedNumbers.every(isLength) ? [...new Set(allowedNumbers)] : undefined
  if (!isObject(range)) return undefined
  const { min, max } = range
  return isLength(min) && isLength(max) && min <= max ? { min, max } : undefined
}

const isLength = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= NUMBER_LENGTH_MIN && value <= NUMBER_LENGTH_MAX
