import { describe, expect, it } from 'vitest'
import { DEMO_SETTINGS } from './demo.ts'
import { settingsProblem } from './settings-check.ts'
import { settingsOf } from './settings.ts'

const SERVICE = { code: 'payment_card_usd_hpp', method: 'payment_card', currency: 'USD', flow: 'hpp', direction: 'in', enabled: true, amount_min: '0', amount_max: '0', fee: null }
const FEE = { strategy: 'internal', reverse: false, rate: '0.03', fixed: '30', min: '0', max: '0' }
const defaults = settingsOf({ id: 'm', number: 1, name: 'M', settings: {}, demo: false, created_at: new Date(0) })

describe('settings of an account', () => {
  it('are right as they are by default, and as the demo account has them', () => {
    expect([settingsProblem({}), settingsProblem({ ...defaults }), settingsProblem({ ...DEMO_SETTINGS })]).toEqual([undefined, undefined, undefined])
    expect(settingsProblem({ services: [SERVICE, { ...SERVICE, direction: 'out', fee: FEE, fields: [{ key: 'a', type: 'input', label: { en: 'A' }, regexp: '^\\d+$', required: true }] }], overdraft_limit: '100.00', rolling_reserve: { rate: '1', minutes: 1 }, charge_back_fee: { rate: '0.01', fixed: '1500', min: '0', max: '5000' }, website: 'https://shop.example/x', frame_ancestors: ['https://shop.example'] })).toBeUndefined()
  })

  it.each<[string, unknown]>([
    ['retry_limit', 0], ['retry_limit', '3'], ['attempts_limit', 101], ['callback_interval_s', 0.5], ['callback_url', 'ftp://x'], ['callback_url', 'x'], ['allow_h2h', 'yes'], ['three_d_secure', 'sometimes'], ['jwt_algorithm', 'none'],
    ['frame_ancestors', ['https://shop.example/path']], ['frame_ancestors', ['*; script-src *']], ['frame_ancestors', '*'], ['api_ip_white_list', '127.0.0.1'], ['api_ip_white_list', ['203.0.113.0/24']], ['api_ip_white_list', ['203.0.113']], ['descriptor', ''], ['overdraft_limit', 5], ['overdraft_limit', '-5'], ['invoice_life_s', -1],
    ['rolling_reserve', { rate: '0', minutes: 60 }], ['rolling_reserve', { rate: '1.01', minutes: 60 }], ['rolling_reserve', { rate: '0.1' }], ['rolling_reserve', { rate: '0.1', minutes: 0 }], ['charge_back_fee', { rate: '0', fixed: '15.00', min: '0', max: '0' }], ['charge_back_fee', '15'],
    ['exchange_rates', { 'USD/UAH': '0' }], ['exchange_rates', { 'USD/UAH': 41.5 }], ['exchange_rates', { USD: '1' }], ['exchange_rates', { 'USD/XXX': '1' }], ['exchange_rates', { 'USD/UAH': '1e3' }], ['exchange_rates', []],
    ['services', {}], ['services', [null]], ['services', [{ ...SERVICE, currency: 'usd' }]], ['services', [{ ...SERVICE, direction: 'both' }]], ['services', [{ ...SERVICE, amount_min: '0.001' }]], ['services', [{ ...SERVICE, amount_max: -1 }]], ['services', [SERVICE, SERVICE]],
    ['services', [{ ...SERVICE, fee: { ...FEE, rate: '1' } }]], ['services', [{ ...SERVICE, fee: { ...FEE, fixed: '0.3' } }]], ['services', [{ ...SERVICE, fee: {} }]], ['services', [{ ...SERVICE, fields: [{ key: 'a', type: 'b', label: { en: 'A' }, regexp: '(' }] }]],
  ])('%s must not be %j', (name, value) => expect(settingsProblem({ [name]: value })).toMatch(new RegExp(`^${name} must be .+\\.$`)))

  it.each(['retries', '__proto__', 'constructor'])('%s is none', (name) => expect(settingsProblem(JSON.parse(`{"${name}": 1}`) as Record<string, unknown>)).toMatch(/^There is no setting/))

  it.each<[string, unknown, string]>([
    ['services', [{ ...SERVICE, ammount_max: '5' }], 'ammount_max'], ['services', [{ ...SERVICE, fee: { ...FEE, maximum: '5' } }], 'maximum'],
    ['services', [{ ...SERVICE, fields: [{ key: 'a', type: 'b', label: { en: 'A' }, regex: '^x$' }] }], 'regex'],
    ['rolling_reserve', { rate: '0.1', minutes: 60, days: 3 }, 'days'], ['charge_back_fee', { rate: '0', fixed: '1500', min: '0', max: '0', strategy: 'internal' }, 'strategy'],
  ])('%s of %j: a member that is mistyped is named', (name, value, member) => expect(settingsProblem({ [name]: value })).toMatch(new RegExp(`^${name}.* has no member "${member}"\\. There are: .+\\.$`)))
})
