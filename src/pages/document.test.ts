import { describe, expect, it } from 'vitest'
import { toAsset } from './assets.ts'
import { renderDocument } from './document.ts'
import type { DocumentParts } from './document.ts'
import { html } from './html.ts'

const parts: DocumentParts = { language: 'en', title: 'A & B', body: html`<p>x</p>`, style: toAsset('p{}') }

const policyOf = (more: Partial<DocumentParts> = {}): Map<string, string> =>
  new Map(
    (renderDocument({ ...parts, ...more }).headers['content-security-policy'] ?? '').split('; ').map((directive) => {
      const [name = '', ...rest] = directive.split(' ')
      return [name, rest.join(' ')]
    }),
  )

describe('renderDocument', () => {
  it('sends the headers that every page needs', () => {
    expect(renderDocument(parts)).toMatchObject({
      status: 200,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      },
    })
    expect(renderDocument(parts).headers['permissions-policy']).toContain('camera=()')
  })

  it('allows its own style and script by hash and nothing else', () => {
    const script = toAsset('1')
    const policy = policyOf({ script })
    expect(policy.get('default-src')).toBe("'none'")
    expect(policy.get('script-src')).toBe(script.source)
    expect(policy.get('style-src')).toBe(parts.style.source)
    expect(policy.get('require-trusted-types-for')).toBe("'script'")
    expect(policy.get('trusted-types')).toBe("'none'")
    expect(policy.get('base-uri')).toBe("'none'")
    expect([...policy.values()].join(' ')).not.toMatch(/unsafe|\*/)
    expect(policyOf().get('script-src')).toBe("'none'")
  })

  it('lets nobody frame the page unless the caller names them', () => {
    expect(policyOf().get('frame-ancestors')).toBe("'none'")
    expect(policyOf({ frame_ancestors: ["'self'", 'https://shop.example'] }).get('frame-ancestors')).toBe("'self' https://shop.example")
    expect(renderDocument({ ...parts, frame_ancestors: ['https://shop.example'] }).headers).not.toHaveProperty('x-frame-options')
    expect(() => policyOf({ frame_ancestors: ["https://a.example; script-src 'unsafe-inline'"] })).toThrow(RangeError)
  })

  it('reduces form and request targets to origins', () => {
    const policy = policyOf({ script: toAsset('1'), form_targets: ['https://acs.example/a?b;c', '/own', 'https:'], connect_to: ['https://api.example/x'] })
    expect(policy.get('form-action')).toBe("'self' https://acs.example https:")
    expect(policy.get('connect-src')).toBe("'self' https://api.example")
  })

  it('escapes the title and keeps settings from closing their element', () => {
    const { body } = renderDocument({ ...parts, settings: { text: '</script><script>alert(1)</script>' } })
    expect(body).toContain('<title>A &amp; B</title>')
    expect(body).not.toContain('<script>alert')
  })
})
