import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { luhn } from './card.ts'
import { isCardLike, redact, redactCards } from './redact.ts'

describe('card numbers', () => {
  it.each([
    ['4242424242424242', '424242******4242'],
    ['card 4242 4242 4242 4242 declined', 'card 424242******4242 declined'],
    ['4242-4242-4242-4242', '424242******4242'],
    ['4242.4242.4242.4242', '424242******4242'],
    ['4242  4242  4242  4242', '424242******4242'],
    ['3782 822463 10005', '378282*****0005'],
    ['30569309025904', '305693****5904'],
    ['4222222222222', '422222***2222'],
    ['6759649826438453', '675964******8453'],
    ['4000000000000000006', '400000*********0006'],
    ['6222021234567890', '622202******7890'],
    ['٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢', '424242******4242'],
    ['４２４２ ４２４２ ４２４２ ４２４２', '424242******4242'],
    ['/pay?n=4242424242424242&x=1', '/pay?n=424242******4242&x=1'],
    ['/pay?n=4242%204242%204242%204242', '/pay?n=424242******4242'],
    ['/pay?n=4242+4242+4242+4242', '/pay?n=424242******4242'],
    ['%B4242424242424242^DOE/J^3112101?', '%B424242******4242^DOE/J^3112101?'],
    ['4242424242424242=31121010000', '424242******4242=31121010000'],
    ['card4242424242424242x', 'card424242******4242x'],
    ['4242 4242 4242 4242 12 31 123', '424242******4242 12 31 123'],
    ['12 4242 4242 4242 4242', '12 424242******4242'],
    ['4242424242424242 5555555555554444', '424242******4242 555555******4444'],
    ['4242424242424242.', '424242******4242.'],
  ])('%s', (text, redacted) => {
    expect(redact(text)).toBe(redacted)
  })

  it.each([
    ['a time in milliseconds', '1763632320000'],
    ['a time in microseconds', '1763632320000123'],
    ['a time in nanoseconds', '1763632320000123456'],
    ['a compact date', '20261120095200123'],
    ['an ISO time', '2026-11-20T09:52:00.000Z'],
    ['a fraction', 'took 2.4242424242424242 ms'],
    ['a longer fraction', 'took 302.4242424242422 ms'],
    ['numbers of JSON that are not whole', '{"a":-4242424242424242,"b":302.4242424242422,"c":4242424242424242.5,"d":4242424242424242e-5}'],
    ['an IPv4 address', '192.168.100.200:54321'],
    ['an amount', '100000000000000'],
    ['a CLABE', '002010077777777771'],
    ['a card number that was mistyped', '4242424242424241'],
    ['a longer run', '424242424242424242424242'],
    ['a list of small numbers', '4 24 24 24 24 24 24 24 2'],
    ['a masked number', '424242******4242'],
  ])('leaves %s alone', (_, text) => {
    expect(redact(text)).toBe(text)
  })

  it('leaves times in milliseconds alone until 2096', () => {
    fc.assert(fc.property(fc.integer({ min: 1_600_000_000_000, max: 3_999_999_999_999 }), (time_ms) => {
      expect(isCardLike(String(time_ms))).toBe(false)
    }))
  })

  it('leaves UUIDs and digests alone, whatever their digits', () => {
    const numeric = '0123456789'.split('')
    const uuid = fc.array(fc.constantFrom(...numeric, ...numeric, ...numeric, 'a'), { minLength: 32, maxLength: 32 }).map((list) => {
      const hex = list.join('')
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
    })
    fc.assert(fc.property(uuid, (id) => {
      expect(redact(`id ${id}, pay_${id} {${id}}`)).toBe(`id ${id}, pay_${id} {${id}}`)
    }), { numRuns: 3000 })
    expect(redact('42424242-4242-4424-8242-424242424242')).toBe('42424242-4242-4424-8242-424242424242')
    expect(redact('trace 4242424242424242ffffffffffffffff')).toBe('trace 4242424242424242ffffffffffffffff')
  })

  it('finds every number of the networks, however it is grouped', () => {
    const number = fc
      .tuple(fc.constantFrom('4', '51', '55', '2221', '2720', '6011', '65', '3528', '6200', '2200', '5018', '6304'), fc.array(fc.nat(9), { minLength: 15, maxLength: 15 }))
      .map(([start, rest]) => (start + rest.join('')).slice(0, 15))
      .map((body) => body + '0123456789'.split('').find((digit) => luhn(body + digit)))
    fc.assert(
      fc.property(number, fc.constantFrom('', ' ', '-', ' - ', '.').filter((s) => s.length < 3), fc.constantFrom('', 'x', '"', ' 12 '), (digits, separator, around) => {
        const text = `${around}${digits.replace(/(....)(?=.)/g, `$1${separator}`)}${around}`
        expect(redact(text)).toContain(`${digits.slice(0, 6)}******${digits.slice(-4)}`)
      }),
    )
  })

  it('keeps JSON what it is: a number becomes a string', () => {
    const line = '{"a":4242424242424242,"b":[5555555555554444,1],"c":"x 4242424242424242, y","d":1.5,"e":"\\"4242424242424242\\\\"}'
    expect(JSON.parse(redactCards(line))).toEqual({
      a: '424242******4242', b: ['555555******4444', 1], c: 'x 424242******4242, y', d: 1.5, e: '"424242******4242\\',
    })
  })
})

describe('secrets by name', () => {
  it.each([
    [{ cvv: '123' }],
    [{ cvv: 123 }],
    [{ deep: [{ er: { card_number: '4242' } }] }],
    [{ cardNumber: '4242' }],
    [{ client_secret: 'x"y\\' }],
    [{ password: { nested: ['123', { a: '"}' }] } }],
    [{ headers: { authorization: 'Bearer 123', cookie: 'a=123; b=123', 'x-api-key': '123', 'proxy-authorization': '123' } }],
    [{ tokens: ['123'] }],
    [{ verification_value: '123' }],
    [{ pan: '123', otp: '123', pin: '123', card_pin: '123' }],
    [{ body: JSON.stringify({ cvv: '123', deeper: JSON.stringify({ token: '123\\', cvc: 123, secret: ['123'] }) }) }],
    [{ url: 'https://x.example/a?token=123&b=1' }],
    [{ form: 'card[cvv]=123&card%5Bsecurity_code%5D=123' }],
    [{ msg: "cvv: '123', token => 123, password=123" }],
    [{ msg: 'Authorization: Digest 123 123' }],
    [{ detail: 'Key (token)=(123) already exists.' }],
    [{ msg: 'postgres://tender:123@db/tender' }],
  ])('%j', (value) => {
    const redacted = redact(JSON.stringify(value))
    expect(() => JSON.parse(redacted)).not.toThrow()
    expect(redacted).not.toContain('123')
    expect(redacted).not.toContain('4242')
    expect(redacted).toContain('[redacted]')
  })

  it('knows credentials by their look', () => {
    expect(redact('sent Bearer abcdefghijklmnop0123, Basic dXNlcjpwYXNzd29yZA== and sk_live_0123456789abc')).toBe(
      'sent Bearer [redacted], Basic [redacted] and sk_live_[redacted]',
    )
  })

  it('goes on after the value', () => {
    expect(redact('{"token":"a","amount":"10055","cvv":7,"state":"ok"}')).toBe('{"token":"[redacted]","amount":"10055","cvv":"[redacted]","state":"ok"}')
    expect(redact('/a?token=x&amount=5')).toBe('/a?token=[redacted]&amount=5')
  })

  it.each([
    ['{"reason":"token_not_found","span":"a","shipping":"b","token_type":"card"}'],
    ['{"has_token":true,"token":null,"cvv":"","password":false}'],
    ['{"msg":"Basic authentication failed"}'],
    ['{"url":"https://x.example:8080/a@b"}'],
  ])('leaves %s alone', (line) => {
    expect(redact(line)).toBe(line)
  })

  it('keeps every line of JSON a line of JSON', () => {
    const key = fc.oneof(fc.string(), fc.constantFrom('token', 'cvv', 'authorization', 'secret', 'card_number', 'x'))
    const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.double(), fc.constantFrom('4242 4242 4242 4242', 'token="', "cvv='1", '\\', '{"secret":{"', 4242424242424242, -4242424242424242, 302.4242424242422, 4242424242424242.5))
    const tree = fc.letrec((tie) => ({
      node: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('node'), { maxLength: 3 }), fc.dictionary(key, tie('node'), { maxKeys: 4 }), tie('node').map((node) => JSON.stringify(node) ?? '')),
    })).node
    fc.assert(fc.property(fc.dictionary(key, tree), (value) => {
      expect(JSON.parse(redact(JSON.stringify(value)))).toBeTypeOf('object')
    }), { numRuns: 5000 })
  })

  it('never takes long', () => {
    const start = performance.now()
    for (const piece of ['4', '4 ', '4242 ', 'token', 'token:', 'token:"', '\\"', '\\', 'cvv\\":{', '://a:', '4242424242424242 ', '"secret":[', 'a@']) redact(`{${piece.repeat(200_000 / piece.length)}`)
    expect(performance.now() - start).toBeLessThan(2000)
  })
})

describe('numbers in addresses', () => {
  it.each([
    ['%34%31%31%31%31%31%31%31%31%31%31%31%31%31%31%31', '411111******1111'],
    ['4111%2D1111%2D1111%2D1111', '411111******1111'],
    ['4111%C2%A01111%C2%A01111%C2%A01111', '411111******1111'],
    ['%EF%BC%94111111111111111', '411111******1111'],
    ['%2534111111111111111', '411111******1111'],
    ['%22%5C4111%2D1111%2D1111%2D1111%0A', '??411111******1111?'],
  ])('are found behind their encoding: %s', (encoded, shown) => {
    expect(redact(`{"url":"/pay/${encoded}","status":404}`)).toBe(`{"url":"/pay/${shown}","status":404}`)
    expect(redact(JSON.stringify({ message: JSON.stringify({ url: `https://a.example/${encoded}?x=%20` }) }))).toBe(JSON.stringify({ message: JSON.stringify({ url: `https://a.example/${shown}?x= ` }) }))
  })

  it.each(['/pay/a%2Fb%20c', '/pay/%zz%34', '/pay/100%', '/pay/%E0%A4%A', '/pay/1234%2D5678'])('are all that is touched: %s', (path) => {
    expect(redact(`{"url":"${path}"}`)).toBe(`{"url":"${path}"}`)
  })
})
