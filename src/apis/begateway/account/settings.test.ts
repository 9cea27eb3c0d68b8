import { expect, it } from 'vitest'
import type { Merchant } from '../../../merchants/store.ts'
import { begatewayOnboarding } from '../onboarding.ts'
import { settingsProblem } from './settings.ts'

const shown = (settings: Record<string, unknown>): unknown => begatewayOnboarding.settings?.of({ settings } as unknown as Merchant)

it('are shown with their defaults, and as they were changed', () => {
  expect(shown({})).toEqual({ three_d_secure: false, gateway_id: 1, billing_descriptor: null, verification_timeout_ms: 10_000 })
  expect(shown({ begateway: { three_d_secure: true, gateway_id: 7, billing_descriptor: 'SHOP' } })).toEqual({ three_d_secure: true, gateway_id: 7, billing_descriptor: 'SHOP', verification_timeout_ms: 10_000 })
})

it('what is shown can be given back', () => expect(settingsProblem(shown({}) as Record<string, unknown>)).toBeUndefined())

it.each([
  [{ three_d_secure: 'yes' }, 'three_d_secure must be true or false.'],
  [{ gateway_id: 0 }, 'gateway_id must be a whole number from 1 to 2147483647.'],
  [{ gateway_id: 1.5 }, 'gateway_id must be a whole number from 1 to 2147483647.'],
  [{ billing_descriptor: 7 }, 'billing_descriptor must be text of at most 255 characters, or null.'],
  [{ billing_descriptor: 'x'.repeat(256) }, 'billing_descriptor must be text of at most 255 characters, or null.'],
  [{ verification_timeout_ms: 10_001 }, 'verification_timeout_ms must be a whole number from 100 to 10000.'],
  [{ three_d_secure: true, secret_key: 'x' }, 'secret_key is no setting of a beGateway shop: there are three_d_secure, gateway_id, billing_descriptor, verification_timeout_ms.'],
  [{ toString: 1 }, 'toString is no setting of a beGateway shop: there are three_d_secure, gateway_id, billing_descriptor, verification_timeout_ms.'],
])('%j is refused', (patch, sentence) => expect(settingsProblem(patch)).toBe(sentence))
