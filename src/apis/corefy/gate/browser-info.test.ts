import { describe, expect, it } from 'vitest'
import { browserInfo } from './browser-info.ts'

const info = (browser_info: unknown): unknown => browserInfo({ data: { type: 'sale-operation', attributes: { browser_info } } })

describe('what the merchant says about the payer’s browser', () => {
  it('is its address, its language and its name', () => {
    expect(info({ browser_ip: '203.0.113.5', browser_language: 'es-CL', browser_user_agent: 'Mozilla/5.0 (X11; Linux)', browser_screen_width: '***' })).toEqual({ ip: '203.0.113.5', language: 'es-CL', user_agent: 'Mozilla/5.0 (X11; Linux)' })
  })

  it.each([[undefined], [[]], ['***'], [{ browser_ip: '***', browser_language: '***', browser_user_agent: '' }], [{ browser_ip: 7, browser_language: {}, browser_user_agent: 'a\r\nb' }], [{ browser_user_agent: 'x'.repeat(2_049) }]])('is left out where it makes no sense: %j', (said) => {
    expect(info(said)).toEqual({ ip: undefined, language: undefined, user_agent: undefined })
  })
})
