/**
 * How a merchant wants the pages to look. It holds values, never CSS: colours are numbers, fonts are plain names, and what is made of
 * them is written here. A colour that could not be read is made darker or lighter until it can, in each theme by itself.
 */
import { toAsset } from './assets.ts'
import type { Asset } from './assets.ts'
import { contrast, isReadable, mix, readable } from './style/colour.ts'
import { DARK, LIGHT } from './style/tokens.ts'

/** Light, dark, or as the payer's device is set. */
export type Theme = 'auto' | 'light' | 'dark'

/** What a page may be shown without. The amount and the line of test mode are no part of the header: they always stay. */
export const HIDEABLE = ['header', 'footer', 'progress', 'filter', 'counter'] as const
export type Hideable = (typeof HIDEABLE)[number]

/** The colours that can be chosen, as `#rrggbb`. */
export interface LookColours {
  /** Buttons; links and marks of choice as near to it as can be read. */
  readonly primary?: string | undefined
  /** Buttons under the pointer. */
  readonly primary_variant?: string | undefined
  readonly on_primary?: string | undefined
  readonly background?: string | undefined
  readonly text?: string | undefined
  readonly success?: string | undefined
  readonly warning?: string | undefined
  readonly danger?: string | undefined
}

export interface Look {
  readonly theme?: Theme | undefined
  readonly colours?: LookColours | undefined
  /** Names of fonts on the payer's device: pages load none. */
  readonly fonts?: readonly string[] | undefined
  /** In place of "Pay €10.00" on the button; the amount stands beside it. */
  readonly pay_label?: string | undefined
  /** False hides the signs of the ways to pay. */
  readonly signs?: boolean | undefined
  readonly hidden?: readonly Hideable[] | undefined
}

/** Whether a part of the page is shown. */
export const shows = (look: Look | undefined, part: Hideable): boolean => look?.hidden?.includes(part) !== true

/** A name that can stand between quotes in CSS. */
export const isFontName = (name: string): boolean => /^[A-Za-z][A-Za-z0-9 -]{0,39}$/.test(name)

const GENERIC_FONTS: ReadonlySet<string> = new Set(['serif', 'sans-serif', 'monospace', 'system-ui', 'ui-serif', 'ui-sans-serif', 'ui-monospace', 'ui-rounded'])

/** The style sheet of a look, or undefined when it is the usual one. */
export function lookStyle({ colours = {}, fonts = [] }: Look): Asset | undefined {
  const [light, dark] = [declare(colours, LIGHT), declare(colours, DARK)]
  const names = fonts.filter(isFontName).map((name) => (GENERIC_FONTS.has(name) ? name : `"${name}"`))
  const code = [
    light && `:root{${light}}`,
    dark && `@media (prefers-color-scheme:dark){:root:not([data-theme=light]){${dark}}}:root[data-theme=dark]{${dark}}`,
    names.length > 0 && `html{font-family:${[...names, 'system-ui', 'sans-serif'].join(',')}}`,
  ].filter(Boolean).join('\n')
  return code === '' ? undefined : toAsset(code)
}

type Tokens = Readonly<Record<keyof typeof LIGHT, string>>

function declare(colours: LookColours, theme: Tokens): string {
  const bg = colours.background !== undefined && isReadable(theme.text, [colours.background]) && isReadable(theme.muted, [colours.background]) ? colours.background : theme.bg
  const primary = colours.primary === undefined ? {} : primaryOf(colours, colours.primary, theme, bg)
  const changed = {
    ...(bg !== theme.bg && { bg }),
    ...primary,
    ...(colours.text !== undefined && { text: readable(colours.text, [bg, theme.surface, primary['accent-soft'] ?? theme['accent-soft'], theme['danger-soft']]) }),
    ...(colours.success !== undefined && { ok: readable(colours.success, [theme['ok-soft']]) }),
    ...(colours.warning !== undefined && { warn: readable(colours.warning, [theme['warn-soft']]) }),
    ...(colours.danger !== undefined && { danger: readable(colours.danger, [theme.surface, theme['danger-soft']]) }),
  }
  return Object.entries(changed).map(([name, value]) => `--${name}:${value}`).join(';')
}

function primaryOf({ primary_variant, on_primary }: LookColours, primary: string, theme: Tokens, bg: string): { readonly 'accent-soft'?: string } & Readonly<Record<string, string>> {
  const on = on_primary !== undefined && isReadable(on_primary, [primary]) ? on_primary : bestOn(primary)
  const hover = primary_variant ?? mix(primary, on, 0.12)
  const soft = mix(theme.surface, primary, 0.08)
  const softened = isReadable(theme.muted, [soft]) && isReadable(theme.text, [soft]) ? soft : theme['accent-soft']
  const accent = readable(primary, [theme.surface, bg, softened])
  return {
    button: primary, 'on-button': on, 'button-hover': isReadable(on, [hover]) ? hover : primary,
    accent, 'on-accent': bestOn(accent), 'accent-soft': softened,
  }
}

/** Black or white: one of them can be read on any colour. */
const bestOn = (ground: string): string => (contrast('#ffffff', ground) >= contrast('#000000', ground) ? '#ffffff' : '#000000')
