/**
 * How a shop wants the checkout to look, from the query of its address (Corefy reference: checkout page; the names are those that the
 * vendor's widget sends). It is read like anything from outside: what is not on the list is left out, and no value reaches a page as CSS.
 *
 * | query                                                            | does                                                      |
 * |------------------------------------------------------------------|-----------------------------------------------------------|
 * | display[hide_header]                                             | the merchant's name and the description are not shown     |
 * | display[hide_footer]                                             | no last lines                                             |
 * | display[hide_progress_bar]                                       | no steps                                                  |
 * | display[hide_method_filter]                                      | no buttons that leave one kind of ways to pay             |
 * | display[hide_lifetime_counter], […hide_invoice_lifetime_counter] | the time that is left is not shown (it is still spoken)   |
 * | style[theme], theme                                              | `dark`, or `basic` for light                              |
 * | style[primary], [primary_variant], [on_primary_color]            | buttons, those under the pointer, and the text on them    |
 * | style[primary_text_color], [primary_background_color]            | text and ground of the page                               |
 * | style[success_color], [warning_color], [danger_color]            | the colours of outcomes                                   |
 * | style[font_family]                                               | fonts on the payer's device                               |
 * | style[show_method_logo]                                          | `false`: ways to pay without their signs                  |
 * | style[pay_button_label], pay_button_label                        | in place of "Pay €10.00"                                  |
 *
 * `secondary…` and `info_color` are taken and change nothing: the pages have one colour of their own.
 */
import { isFontName, readColour, type Hideable, type Look, type LookColours } from '../../../pages/index.ts'
import { isObject } from '../../common/body.ts'

type Values = Readonly<Record<string, unknown>>

const DISPLAY: readonly (readonly [string, Hideable])[] = [
  ['hide_header', 'header'], ['hide_footer', 'footer'], ['hide_progress_bar', 'progress'], ['hide_method_filter', 'filter'],
  ['hide_lifetime_counter', 'counter'], ['hide_invoice_lifetime_counter', 'counter'],
]
const COLOURS: readonly (readonly [string, keyof LookColours])[] = [
  ['primary', 'primary'], ['primary_variant', 'primary_variant'], ['on_primary_color', 'on_primary'], ['primary_text_color', 'text'],
  ['primary_background_color', 'background'], ['success_color', 'success'], ['warning_color', 'warning'], ['danger_color', 'danger'],
]
const THEMES: ReadonlyMap<unknown, 'light' | 'dark'> = new Map([['dark', 'dark'], ['basic', 'light'], ['light', 'light']] as const)
const FONTS_MAX = 5
const LABEL_LENGTH_MAX = 40
/** Of what people count as one character: enough for every flag and family, and not for a tower of accents. */
const UNITS_MAX = 10

/** The look that a query asks for; undefined when it asks for none. */
export function readLook(query: Values): Look | undefined {
  const display = valuesOf(query['display'])
  const style = valuesOf(query['style'])
  const hidden = new Set(DISPLAY.flatMap(([name, part]) => (isYes(display[name]) ? [part] : [])))
  const colours = Object.fromEntries(COLOURS.flatMap(([name, role]) => {
    const colour = readColour(textOf(style[name]))
    return colour === undefined ? [] : [[role, colour]]
  }))
  const fonts = fontsOf(textOf(style['font_family']))
  const theme = themeOf(style['theme'] ?? query['theme'])
  const pay_label = firstOf(textOf(style['pay_button_label'] ?? query['pay_button_label']), LABEL_LENGTH_MAX)
  const look: Look = {
    ...(hidden.size > 0 && { hidden: [...hidden] }),
    ...(Object.keys(colours).length > 0 && { colours }),
    ...(fonts.length > 0 && { fonts }),
    ...(theme !== undefined && { theme }),
    ...(pay_label !== '' && { pay_label }),
    ...(textOf(style['show_method_logo']) === 'false' && { signs: false }),
  }
  return Object.keys(look).length > 0 ? look : undefined
}

/** The theme of a name; undefined for one that is not ours (a brand's at the original). */
export function themeOf(name: unknown): 'light' | 'dark' | undefined {
  return THEMES.get(name)
}

function fontsOf(list: string): string[] {
  return list.split(',').map((name) => name.trim().replace(/^(['"])(.*)\1$/, '$2')).filter(isFontName).slice(0, FONTS_MAX)
}

/** The first characters of a text, as people count them. */
const firstOf = (text: string, count: number): string => [...new Intl.Segmenter().segment(text.slice(0, count * UNITS_MAX).replace(/[\ud800-\udbff]$/, ''))].slice(0, count).map(({ segment }) => segment).join('')

const valuesOf = (value: unknown): Values => (isObject(value) ? value : {})
const textOf = (value: unknown): string => (typeof value === 'string' ? value.trim() : typeof value === 'boolean' ? String(value) : '')
const isYes = (value: unknown): boolean => ['true', '1', 'on'].includes(textOf(value))
