import { createSecretKey, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ephemeralKeys, type DataKey, type DataKeys } from './keys.ts'
import { createVault, sealWith, unsealWith, versionOf } from './seal.ts'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()

describe('sealing', () => {
  const vault = createVault(ephemeralKeys())

  it('opens again for the same row', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string({ minLength: 1 }), (plain, context) => {
        const opened = vault.unseal(vault.seal(plain, context), context)
        expect(opened.ok && Buffer.from(opened.value).equals(plain)).toBe(true)
      }),
    )
  })

  it('does not open for another row', () => {
    const sealed = vault.seal(Buffer.from('4242424242424242'), 'instrument:m1:a')
    expect(vault.unseal(sealed, 'instrument:m1:b')).toEqual({ ok: false, error: 'not_authentic' })
    expect(vault.unseal(sealed, 'instrument:m2:a')).toEqual({ ok: false, error: 'not_authentic' })
  })

  it('shows nothing of the plain text, and is different each time', () => {
    const plain = Buffer.from('4242424242424242')
    const one = vault.seal(plain, 'row')
    expect(Buffer.from(one).includes('4242')).toBe(false)
    expect(one).not.toEqual(vault.seal(plain, 'row'))
    expect(versionOf(one)).toBe(1)
  })

  it('notices every changed bit', () => {
    const sealed = vault.seal(Buffer.from('secret'), 'row')
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const bent = Buffer.from(sealed)
      bent[bit >> 3] = (bent[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(vault.unseal(bent, 'row').ok).toBe(false)
    }
  })

  it('answers to any bytes without throwing', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      expect(vault.unseal(bytes, 'row').ok).toBe(false)
    }))
    fc.assert(fc.property(fc.uint8Array({ minLength: 29, maxLength: 80 }), (bytes) => {
      expect(vault.unseal(Buffer.from([1, 0, 0, 0, 1, ...bytes]), 'row').ok).toBe(false)
    }))
    expect(vault.unseal(new Uint8Array(0), 'row')).toEqual({ ok: false, error: 'malformed' })
  })

  it('reads a view into a larger buffer', () => {
    const sealed = vault.seal(Buffer.from('secret'), 'row')
    const larger = Buffer.concat([Buffer.alloc(7, 9), sealed, Buffer.alloc(3, 9)])
    const opened = vault.unseal(larger.subarray(7, 7 + sealed.length), 'row')
    expect(opened.ok && text(opened.value)).toBe('secret')
  })

  it('refuses to seal for no row at all', () => {
    expect(() => vault.seal(Buffer.from('x'), '')).toThrow('name of a row')
  })

  it('takes tens of microseconds at most', () => {
    const plain = Buffer.from('{"number":"4242424242424242","exp_month":12,"exp_year":2031}')
    const times_us = Array.from({ length: 2000 }, () => {
      const start = process.hrtime.bigint()
      vault.unseal(vault.seal(plain, 'instrument:m1:a'), 'instrument:m1:a')
      return Number(process.hrtime.bigint() - start) / 1000
    })
    // The median, and far above what it is (about 10), so that a busy machine does not fail the run.
    expect(times_us.sort((a, b) => a - b)[1000]).toBeLessThan(200)
  })
})

describe('keys of several versions', () => {
  const key = (version: number): DataKey => ({ version, purpose: 'seal', secret: createSecretKey(randomBytes(32)) })

  it('looks a new version up once', async () => {
    const [old, fresh] = [key(1), key(2)]
    const known = new Map([[1, old]])
    let looks = 0
    const keys: DataKeys = {
      ...ephemeralKeys(),
      newest: () => old,
      get: (version) => known.get(version),
      find: async (version) => {
        looks++
        if (version === 2) known.set(2, fresh)
        return known.get(version)
      },
    }
    const vault = createVault(keys)
    const sealed = sealWith(fresh, Buffer.from('x'), 'row')
    expect(vault.unseal(sealed, 'row')).toEqual({ ok: false, error: 'unknown_key' })
    expect((await vault.open(sealed, 'row')).ok).toBe(true)
    expect((await vault.open(sealed, 'row')).ok).toBe(true)
    expect(looks).toBe(1)
    expect(await vault.open(sealWith(key(3), Buffer.from('x'), 'row'), 'row')).toEqual({ ok: false, error: 'unknown_key' })
    expect(await vault.open(Buffer.from('nonsense'), 'row')).toEqual({ ok: false, error: 'malformed' })
  })

  it('opens only with the version that sealed', () => {
    expect(unsealWith(key(2), sealWith(key(1), Buffer.from('x'), 'row'), 'row')).toEqual({ ok: false, error: 'unknown_key' })
  })
})

describe('fingerprints', () => {
  const vault = createVault(ephemeralKeys())

  it('find the same card of the same merchant', () => {
    const print = vault.fingerprint('4242424242424242', 'm1')
    expect(print).toMatch(/^[0-9a-f]{64}$/)
    expect(vault.fingerprint('4242424242424242', 'm1')).toBe(print)
    expect(vault.fingerprint('4242424242424242', 'm2')).not.toBe(print)
    expect(vault.fingerprint('4000000000000002', 'm1')).not.toBe(print)
    expect(createVault(ephemeralKeys()).fingerprint('4242424242424242', 'm1')).not.toBe(print)
  })

  it('are made of bare digits', () => {
    expect(() => vault.fingerprint('4242 4242 4242 4242', 'm1')).toThrow('digits')
  })
})
