import { describe, expect, it } from 'vitest'
import { attr, html, safeUrl, toMarkup, trusted } from './html.ts'

describe('html', () => {
  it('escapes text in content and attributes', () => {
    const evil = `"><script>alert('x')</script>&`
    expect(toMarkup(html`<b title="${evil}">${evil}</b>`)).toBe(
      '<b title="&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;">&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;</b>',
    )
  })

  it('keeps markup of its own, prints lists and numbers, and prints nothing for nothing', () => {
    const items = ['a<', 'b'].map((text) => html`<li>${text}</li>`)
    expect(toMarkup(html`<ul>${items}</ul>${7}${false}${null}${undefined}${10n}`)).toBe('<ul><li>a&lt;</li><li>b</li></ul>710')
  })

  it('takes no markup from data that looks like markup', () => {
    const forged = JSON.parse('{"markup":"<script>","toString":"<script>"}') as never
    expect(toMarkup(html`${forged}`)).not.toContain('<script>')
  })

  it('writes attributes', () => {
    expect(toMarkup(html`<input${attr('value', '"')}${attr('hidden', true)}${attr('checked', false)}${attr('id', undefined)}>`)).toBe(
      '<input value="&quot;" hidden>',
    )
    expect(toMarkup(trusted('<br>'))).toBe('<br>')
  })
})

describe('safeUrl', () => {
  it.each(['https://shop.example/back?a=1', 'http://127.0.0.1:8080/', '/hpp/cgi_1', '?x', 'back'])('accepts %s', (url) => {
    expect(safeUrl(url)).toBe(url)
  })

  it.each(['javascript:alert(1)', ' JavaScript:alert(1)', 'java\nscript:alert(1)', 'data:text/html,x', 'vbscript:x', 'file:///etc/passwd'])('refuses %j', (url) => {
    expect(() => safeUrl(url)).toThrow(RangeError)
  })
})
