import { randomIds } from '../../core/ids.ts'
import { APIS } from '../../main.ts'
import { insertMerchant } from '../../merchants/store.ts'
import { isUniqueViolation } from '../../db/db.ts'
import type { CommandContext, DataCommand } from './command.ts'
import { Problem } from '../problem.ts'

/** The numbers below are the demo merchants'. */
const NUMBER_MIN = 100
const NAME_LENGTH_MAX = 100
const TRIES_MAX = 10
/** Line breaks, what steers a terminal, and what turns text around: a name is shown to payers, and in lists. */
const UNSEEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

export const addMerchantCommand: DataCommand = {
  name: 'merchants add', needs: ['name'], more: 'words', json: true,
  does: 'a new merchant with fresh keys for every API; the keys are printed once, and never again',
  run: async (context, { values, json }) => {
    const name = values.join(' ').trim()
    if (name === '' || name.length > NAME_LENGTH_MAX || UNSEEN.test(name)) throw new Problem(`A merchant's name has 1 to ${NAME_LENGTH_MAX} characters, all of which can be seen.`)
    const id = await insert(context, name)
    const keys: Record<string, Readonly<Record<string, string>>> = {}
    try {
      for (const [api, { onboarding }] of Object.entries(APIS)) keys[api] = { base_url: context.baseUrl(api), ...(await onboarding.open(context.merchants, id)) }
    } catch (error) {
      // Keys that nobody was shown are of no use to anybody.
      await context.db.query('DELETE FROM credentials WHERE merchant_id = $1', [id])
      await context.db.query('DELETE FROM merchants WHERE id = $1', [id])
      throw error
    }
    if (json) context.say(JSON.stringify({ merchant_id: id, name, ...keys }, null, 2))
    else context.say(`Merchant ${id} "${name}". Keep these keys: they are stored as hashes or sealed, and are not shown again.\n\n${listKeys(keys)}`)
    return 0
  },
}

/** The next free number; another process may take it first, then the one after. */
async function insert({ db, now }: CommandContext, name: string): Promise<string> {
  const id = `mer_${randomIds.alphanumeric(16)}`
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const [highest] = await db.query<{ number: number }>('SELECT coalesce(max(number), 0) AS number FROM merchants')
    try {
      await insertMerchant(db, { id, number: Math.max(NUMBER_MIN, (highest?.number ?? 0) + 1), name, settings: {}, demo: false, created_at: now })
      return id
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
    }
  }
  throw new Problem('Others add merchants at the same time: try again.')
}

export const listMerchantsCommand: DataCommand = {
  name: 'merchants list', needs: [], json: true,
  does: 'all merchants',
  run: async ({ db, say }, { json }) => {
    const merchants = await db.query<{ id: string; name: string; demo: boolean; created_at: Date }>('SELECT id, name, demo, created_at FROM merchants ORDER BY number')
    if (json) say(JSON.stringify(merchants, null, 2))
    else say(merchants.map(({ id, name, demo, created_at }) => `${id.padEnd(20)}  ${created_at.toISOString().slice(0, 10)}  ${demo ? 'demo  ' : '      '}${name}`).join('\n'))
    return 0
  },
}

/** Keys by API, for people. */
export function listKeys(keys: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  return Object.entries(keys)
    .map(([api, values]) => `${api}\n${Object.entries(values).map(([name, value]) => `  ${name.padEnd(18)} ${value}\n`).join('')}`)
    .join('\n')
}
