import { describe, expect, it } from 'vitest'
import { nested } from '../wire/form.ts'
import { readLook, themeOf } from './look.ts'

const look = (query: string): unknown => readLook(nested(Object.fromEntries(new URLSearchParams(query))))

describe('readLook', () => {
  it('reads what the widget sends, in its words', () => {
    expect(look('display[hide_header]=true&display[hide_footer]=true&display[hide_progress_bar]=true&display[hide_method_filter]=1&display[hide_lifetime_counter]=true&display[hide_invoice_lifetime_counter]=true&pay_button_label=Donate&theme=dark'
      + '&style[primary]=%23e4002b&style[primary_variant]=%23ff5c7a&style[on_primary_color]=%23fff&style[primary_text_color]=rgb(1,2,3)&style[primary_background_color]=%23fff8e1&style[success_color]=%23007700&style[warning_color]=%23775500&style[danger_color]=%23770000'
      + '&style[font_family]=%22Open+Sans%22,+Roboto,serif&style[show_method_logo]=false')).toEqual({
      hidden: ['header', 'footer', 'progress', 'filter', 'counter'], pay_label: 'Donate', theme: 'dark', signs: false, fonts: ['Open Sans', 'Roboto', 'serif'],
      colours: { primary: '#e4002b', primary_variant: '#ff5c7a', on_primary: '#ffffff', text: '#010203', background: '#fff8e1', success: '#007700', warning: '#775500', danger: '#770000' },
    })
  })

  it('is nothing where nothing is asked for', () => {
    for (const query of ['', 'display[hide_header]=false', 'style[show_method_logo]=true', 'style[theme]=acme', 'display=true', 'style=red', 'style[pay_button_label]=%20']) expect(look(query)).toBeUndefined()
  })

  it('prefers the style’s own words to those beside it', () => {
    expect(look('theme=dark&style[theme]=basic&pay_button_label=a&style[pay_button_label]=b')).toEqual({ theme: 'light', pay_label: 'b' })
  })

  it.each([
    'style[primary]=red;}*{display:none', 'style[primary]=url(https://evil.example)', 'style[primary]=var(--x)', 'style[font_family]=x%22}body{', 'style[font_family]=url(//evil.example)', 'style[font_family]=%3C/style%3E',
    'style[css]=body{}', 'style[__proto__][primary]=%23fff', 'display[hide_amount]=true',
  ])('leaves out %s', (query) => {
    expect(look(query)).toBeUndefined()
  })

  it('bounds the label', () => {
    expect(look(`pay_button_label=${'x'.repeat(100)}`)).toEqual({ pay_label: 'x'.repeat(40) })
    // Half a character is nothing that a database takes.
    expect(look(`pay_button_label=${'x'.repeat(39)}😀😀`)).toEqual({ pay_label: `${'x'.repeat(39)}😀` })
    // One character for the eye may be thousands, on top of each other and over the whole page.
    expect(look(`pay_button_label=e${'\u0301'.repeat(5_000)}`)).toEqual({ pay_label: `e${'\u0301'.repeat(399)}` })
    expect(look(`pay_button_label=e${'\u0301'.repeat(398)}😀`)).toEqual({ pay_label: `e${'\u0301'.repeat(398)}` })
  })
})

it('names of themes that are not ours mean none', () => {
  expect(['dark', 'basic', 'light', 'brand', undefined].map(themeOf)).toEqual(['dark', 'light', 'light', undefined, undefined])
})
