import { describe, expect, it } from 'vitest'
import { renderCardPage } from './card/page.ts'
import { renderCheckoutPage } from './checkout/page.ts'
import { lookStyle } from './look.ts'
import type { Look } from './look.ts'
import { renderStatusPage } from './status/page.ts'
import { contrast, readable, readColour } from './style/colour.ts'
import { DARK, LIGHT } from './style/tokens.ts'

const about = { merchant_name: 'Acme', amount: { minor: 4990n, currency: 'EUR' }, description: 'Order 17', submit_url: '/submit', status_url: '/status', session: 's1' }
const card = (look: Look): string => renderCardPage({ ...about, look, step: 'pay', powered_by: true, expires_at: new Date(Date.now() + 600_000) }).body
/** The custom properties of a theme in a style sheet of a look. */
const tokensOf = (code: string, theme: 'light' | 'dark'): Record<string, string> => {
  const block = (theme === 'light' ? /^:root\{([^}]*)\}/ : /:root\[data-theme=dark\]\{([^}]*)\}/).exec(code)?.[1] ?? ''
  return Object.fromEntries(block.split(';').map((line) => line.split(':') as [string, string]).map(([name, value]) => [name.slice(2), value]))
}

describe('colours', () => {
  it.each([['#AbC', '#aabbcc'], ['#12ab9F', '#12ab9f'], ['rgb(1, 2,3)', '#010203'], ['rgb(1,2,256)', undefined], ['red', undefined], ['#12345', undefined], ['#fff;}body{', undefined], ['', undefined]])('%s is read as %s', (text, colour) => {
    expect(readColour(text)).toBe(colour)
  })

  it('are changed as little as it takes to be read', () => {
    expect(readable('#2447c7', ['#ffffff'])).toBe('#2447c7')
    for (const [colour, grounds] of [['#ffd400', ['#ffffff', '#f4f5f8']], ['#101010', ['#161a21']], ['#777777', ['#000000']]] as const) {
      const seen = readable(colour, grounds)
      expect(Math.min(...grounds.map((ground) => contrast(seen, ground)))).toBeGreaterThanOrEqual(4.5)
    }
  })
})

describe('a style sheet', () => {
  it.each(['#ffd400', '#000000', '#ffffff', '#e4002b', '#00b67a', '#777777', '#0a1a5c'])('of the colour %s can be read in both themes', (primary) => {
    const code = lookStyle({ colours: { primary, success: primary, warning: primary, danger: primary, text: primary } })?.code ?? ''
    for (const [name, theme] of [['light', LIGHT], ['dark', DARK]] as const) {
      const used = { ...theme, ...tokensOf(code, name) } as Record<string, string>
      const pairs = [
        ['on-button', 'button'], ['on-button', 'button-hover'], ['accent', 'surface'], ['accent', 'bg'], ['accent', 'accent-soft'], ['on-accent', 'accent'], ['muted', 'accent-soft'], ['text', 'bg'], ['text', 'surface'],
        ['text', 'accent-soft'], ['text', 'danger-soft'], ['ok', 'ok-soft'], ['warn', 'warn-soft'], ['danger', 'danger-soft'], ['danger', 'surface'],
      ] as const
      for (const [text, ground] of pairs) expect([name, text, ground, contrast(used[text] ?? '', used[ground] ?? '') >= 4.5]).toEqual([name, text, ground, true])
    }
  })

  it('can be read where its own colours meet', () => {
    const code = lookStyle({ colours: { primary: '#ffd400', text: '#777777', background: '#fffbe6' } })?.code ?? ''
    for (const [name, theme] of [['light', LIGHT], ['dark', DARK]] as const) {
      const used = { ...theme, ...tokensOf(code, name) } as Record<string, string>
      for (const ground of ['bg', 'surface', 'accent-soft', 'danger-soft']) expect([name, ground, contrast(used['text'] ?? '', used[ground] ?? '') >= 4.5]).toEqual([name, ground, true])
    }
  })

  it('takes the words on the button and its second colour where they can be read', () => {
    const light = (colours: Look['colours']): Record<string, string> => tokensOf(lookStyle({ colours })?.code ?? '', 'light')
    expect(light({ primary: '#ffd400', on_primary: '#333333', primary_variant: '#ffe45c' })).toMatchObject({ button: '#ffd400', 'on-button': '#333333', 'button-hover': '#ffe45c' })
    expect(light({ primary: '#ffd400', on_primary: '#ffffff', primary_variant: '#111111' })).toMatchObject({ button: '#ffd400', 'on-button': '#000000', 'button-hover': '#ffd400' })
  })

  it('takes a ground only in the theme whose text can be read on it', () => {
    const code = lookStyle({ colours: { background: '#fff8e1' } })?.code ?? ''
    expect(code).toContain(':root{--bg:#fff8e1}')
    expect(tokensOf(code, 'dark')).not.toHaveProperty('bg')
  })

  it('holds font names between quotes, and nothing else', () => {
    expect(lookStyle({ fonts: ['Open Sans', 'serif', 'x"} body{display:none', 'url(evil)'] })?.code).toBe('html{font-family:"Open Sans",serif,system-ui,sans-serif}')
    expect(lookStyle({})).toBeUndefined()
  })
})

describe('a page with a look', () => {
  it('has its colours under the policy, by their hash', () => {
    const { body, headers } = renderCardPage({ ...about, look: { colours: { primary: '#e4002b' }, theme: 'dark' } })
    const [, source] = /style-src ('sha256-\S+' 'sha256-\S+');/.exec(headers['content-security-policy'] ?? '') ?? []
    expect(source).toBeDefined()
    expect(body).toContain('--button:#e4002b')
    expect(body).toContain('<html lang="en" data-theme="dark">')
  })

  it('shows everything unless it is hidden', () => {
    const whole = card({})
    for (const part of ['Acme', 'Order 17', '€49.90', 'Powered by', 'class="steps"', '"counter_from_s":300']) expect(whole).toContain(part)
    expect(card({ hidden: ['footer'] })).not.toContain('class="foot"')
    expect(card({ hidden: ['progress'] })).not.toContain('class="steps"')
    expect(card({ hidden: ['counter'] })).toContain('"counter_from_s":0')
    const headless = card({ hidden: ['header'] })
    expect(headless).not.toContain('class="merchant"')
    expect(headless).not.toContain('Order 17')
    expect(headless).toContain('<span class="amount">€49.90</span>')
  })

  it('has the words of the merchant on its button, as text', () => {
    expect(card({ pay_label: 'Donate <b>' })).toContain('<span id="pay-text">Donate &lt;b&gt;</span>')
  })

  it('tells where on the way the payer is', () => {
    expect(card({})).toContain('<li class="past">Method</li><li aria-current="step">Payment</li><li>Done</li>')
    expect(renderStatusPage({ ...about, state: 'paid', step: 'done' }).body).toContain('<li aria-current="step">Done</li>')
    expect(renderStatusPage({ ...about, state: 'paid' }).body).not.toContain('class="steps"')
  })
})

describe('the checkout', () => {
  const services = [{ code: 'a', name: 'Card', currency: 'EUR', kind: 'card' as const }, { code: 'b', name: 'Cash', currency: 'EUR', kind: 'cash' as const }, { code: 'c', name: 'Other card', currency: 'EUR', kind: 'card' as const }]
  const page = (look: Look, offered = services): string => renderCheckoutPage({ ...about, services: offered, look }).body

  it('filters by kind, where there is more than one and nobody hides it', () => {
    expect([...page({}).matchAll(/class="chip"[^>]*data-kind="(\w+)"/g)].map(([, kind]) => kind)).toEqual(['all', 'card', 'cash'])
    expect(page({ hidden: ['filter'] })).not.toContain('class="chip"')
    expect(page({}, services.filter(({ kind }) => kind === 'card'))).not.toContain('class="chip"')
  })

  it('shows signs unless they are not wanted', () => {
    expect(page({})).toContain('class="sign"')
    expect(page({ signs: false })).not.toContain('class="sign"')
  })
})
