import { expect, test } from 'vitest'
import type { Merchant } from '../../../merchants/store.ts'
import { settingsProblem } from './settings-check.ts'
import { settingsOf } from './settings.ts'

const ACCOUNT = { holder_id: '11.111.111-1', number: '123123123', type: 'checking_account', institution_id: 'cl_banco_de_chile' }
const MEXICAN = { holder_id: 'mfiu593501oe4', number: '646180157000000004', type: 'checking_account', institution_id: 'mx_stp' }

test.each([
  {}, { version: '2026-02-01' }, { recipient_account: ACCOUNT }, { recipient_account: MEXICAN }, { recipient_account: null }, { origins: ['https://shop.example', 'http://localhost:3000'] }, { origins: null },
  { refund_delay_s: 0 }, { refund_delay_s: null },
])('%j can be an account’s', (patch) => expect(settingsProblem(patch)).toBeUndefined())

test.each([
  [{ versions: '2026-02-01' }, 'versions is no setting of Fintoc\'s accounts: there are version, recipient_account, origins, refund_delay_s.'],
  [{ version: '2026' }, 'version must be 2021-03-23 or 2023-11-15 or 2025-08-13 or 2026-02-01.'],
  [{ version: null }, 'version must be 2021-03-23 or 2023-11-15 or 2025-08-13 or 2026-02-01.'],
  [{ recipient_account: { ...ACCOUNT, holder_id: '11.111.111-2' } }, 'recipient_account must be an account with holder_id, number, type and institution_id, as in a request, or null.'],
  [{ recipient_account: [] }, 'recipient_account must be an account with holder_id, number, type and institution_id, as in a request, or null.'],
  [{ origins: 'https://shop.example' }, 'origins must be a list of origins, such as ["https://shop.example"], or null.'],
  [{ origins: ['https://shop.example/'] }, 'origins must be a list of origins, such as ["https://shop.example"], or null.'],
  [{ origins: [] }, 'origins must be a list of origins, such as ["https://shop.example"], or null.'],
  [{ refund_delay_s: -1 }, 'refund_delay_s must be a whole number from 0 to 86400, or null.'],
  [{ refund_delay_s: '5' }, 'refund_delay_s must be a whole number from 0 to 86400, or null.'],
])('%j cannot: %s', (patch, problem) => expect(settingsProblem(patch)).toBe(problem))

test('what was set to null is as if it had never been set', () => {
  expect(settingsOf({ settings: { fintoc: { version: '2021-03-23', origins: null, refund_delay_s: null } } } as unknown as Merchant)).toEqual({ version: '2021-03-23' })
  expect(settingsOf({ settings: {} } as unknown as Merchant)).toEqual({})
})
