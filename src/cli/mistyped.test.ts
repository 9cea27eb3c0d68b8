import { describe, expect, it } from 'vitest'
import { mistypedSettings } from './mistyped.ts'

describe('settings', () => {
  it('that are mistyped are named with what may be meant, without their values', () => {
    const env = { TENDER_DEMOS: 'off', TENDER_MASTERKEY: 'c2VjcmV0', TENDER_PORT: '80', tender_data: '/x', TENDER_TRUSTPROXY: 'on', TENDER_SERVICE_HOST: '10.0.0.1', TENDER_TEST_ENGINE: 'pglite', TENDER_DEMO: 'off', PORT: '1' }
    expect(mistypedSettings(env)).toEqual([
      'TENDER_DEMOS is no setting, and is passed over: is TENDER_DEMO meant?',
      'TENDER_MASTERKEY is no setting, and is passed over: is TENDER_MASTER_KEY meant?',
      'TENDER_PORT is no setting, and is passed over: is PORT meant?',
      'TENDER_SERVICE_HOST is no setting, and is passed over; docs/settings.md lists all.',
      'TENDER_TRUSTPROXY is no setting, and is passed over: is TENDER_TRUST_PROXY meant?',
      'tender_data is no setting, and is passed over: is TENDER_DATA meant?',
    ])
  })
})
