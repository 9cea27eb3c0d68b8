import { expect, it } from 'vitest'
import { contextCookie } from './context.ts'

const MARK = new Uint8Array([1, 2, 3])

it.each([
  ['http://127.0.0.1:8080/corefy/hpp/cgi_1', false, 'hpp_context=AQID; Path=/corefy/hpp/cgi_1; Max-Age=60; HttpOnly; SameSite=Lax'],
  ['http://127.0.0.1:8080/corefy/hpp/cgi_1', true, 'hpp_context=AQID; Path=/corefy/hpp/cgi_1; Max-Age=60; HttpOnly; SameSite=Lax'],
  ['https://pay.example/hpp/cgi_1', false, 'hpp_context=AQID; Path=/hpp/cgi_1; Max-Age=60; HttpOnly; SameSite=Lax; Secure'],
  ['https://pay.example/hpp/cgi_1', true, 'hpp_context=AQID; Path=/hpp/cgi_1; Max-Age=60; HttpOnly; SameSite=None; Secure; Partitioned'],
])('the context cookie of %s, framed: %s', (url, framed, cookie) => expect(contextCookie(url, MARK, 60, framed)).toBe(cookie))
