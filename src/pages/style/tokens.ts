/**
 * Colours and measures of all pages. Text pairs reach 4.5:1 and edges of controls 3:1 in both themes; `style.test.ts` computes it.
 */
export const LIGHT = {
  bg: '#f4f5f8',
  surface: '#ffffff',
  text: '#12151c',
  muted: '#545c6b',
  line: '#dfe3ea',
  edge: '#868e9d',
  accent: '#2447c7',
  'accent-hover': '#1b389f',
  'on-accent': '#ffffff',
  'accent-soft': '#eef2ff',
  danger: '#b0241c',
  'danger-soft': '#fdf0ef',
  ok: '#147044',
  'ok-soft': '#e8f6ee',
  warn: '#7a4b00',
  'warn-soft': '#fff3d6',
} as const

/** The same names for a dark room. */
export const DARK: Readonly<Record<keyof typeof LIGHT, string>> = {
  bg: '#0d1015',
  surface: '#161a21',
  text: '#eef0f5',
  muted: '#a5adbb',
  line: '#2a303b',
  edge: '#717a8a',
  accent: '#8fabff',
  'accent-hover': '#adc1ff',
  'on-accent': '#0c1330',
  'accent-soft': '#1a2138',
  danger: '#ff9a90',
  'danger-soft': '#341a1a',
  ok: '#6fd6a0',
  'ok-soft': '#12291e',
  warn: '#ffcf70',
  'warn-soft': '#33270d',
}

const declare = (colours: Readonly<Record<string, string>>): string =>
  Object.entries(colours).map(([name, value]) => `--${name}:${value}`).join(';')

/** Both themes as CSS: the device decides, unless the page sets `data-theme`. */
export const tokens = `
:root { color-scheme: light; ${declare(LIGHT)}; --radius: 10px; --shadow: 0 1px 2px rgb(16 24 40 / .05), 0 12px 32px -12px rgb(16 24 40 / .14) }
@media (prefers-color-scheme: dark) { :root:not([data-theme=light]) { color-scheme: dark; ${declare(DARK)}; --shadow: none } }
:root[data-theme=dark] { color-scheme: dark; ${declare(DARK)}; --shadow: none }
`
