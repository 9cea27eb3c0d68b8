import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { APM_METHODS } from './apm/methods.ts'
import { findUser, MAGIC_USERS } from './bank/users.ts'
import { FAILING_EXPIRIES, MAGIC_CARDS } from './card/magic.ts'
import { createFaults } from './faults.ts'

let text: string
beforeAll(async () => {
  text = await readFile(join(import.meta.dirname, '../../../docs/sandbox.md'), 'utf8')
})
const missing = (names: readonly string[]): string[] => names.filter((name) => row(name) === '')
const row = (start: string): string => text.split('\n').find((line) => line.startsWith(`| \`${start}\``)) ?? ''

describe('docs/sandbox.md knows', () => {
  it('every magic card, and its reason', () => {
    expect(missing(Object.keys(MAGIC_CARDS))).toEqual([])
    for (const [number, { result }] of Object.entries(MAGIC_CARDS)) {
      const told = result === 'approved' || result === 'approved_or_pending' || result === 'first_only' ? 'approved|authentication' : result === 'by_expiry' ? 'by expiry' : result
      expect(row(number)).toMatch(new RegExp(told))
    }
  })

  it('every expiry that chooses a reason', () => {
    for (const [expiry, reason] of Object.entries(FAILING_EXPIRIES)) expect(text).toContain(`\`${expiry}\` | \`${reason}\``)
  })

  it('every user, and what they meet', () => {
    expect(missing(MAGIC_USERS.map(({ body, check }) => `${body}-${check}`))).toEqual([])
    for (const { body, check, refused, account } of MAGIC_USERS) expect(row(`${body}-${check}`)).toContain(refused ?? account?.refused ?? '')
    for (const { number } of findUser('41614850-3')?.accounts ?? []) expect(text).toContain(`\`${number}\``)
  })

  it('every method and every fault', () => {
    for (const { code } of APM_METHODS) expect(text).toContain(`\`${code}\``)
    expect(missing(Object.keys(createFaults().current()))).toEqual([])
  })
})
