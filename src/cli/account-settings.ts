/**
 * Settings of accounts that the command would not have taken: written into the database by hand, or by another version. Nothing reads a name that
 * is mistyped, and nothing would tell.
 */
import type { Logger } from '../core/log.ts'
import type { Db } from '../db/db.ts'
import { APIS } from '../main.ts'
import { DONE } from './demo.ts'

interface Row {
  readonly id: string
  readonly settings: Readonly<Record<string, Readonly<Record<string, unknown>> | null>>
}

/** So many accounts are looked at with one question. */
const PAGE_ROWS = 1_000

/** Names each of them in the log. They stop no start: the other accounts go on. */
export async function warnOfSettings(db: Db, log: Logger): Promise<void> {
  for (let after = ''; ; ) {
    const rows = await db.query<Row>(`SELECT id, settings FROM merchants WHERE id > $1 AND settings <> '{}' ORDER BY id LIMIT ${PAGE_ROWS}`, [after])
    for (const { id, settings } of rows) {
      for (const [api, patch] of Object.entries(settings)) {
        const problem = api === DONE ? undefined : problemOf(api, patch ?? {})
        if (problem !== undefined) log.warn({ merchant: id, api, problem }, 'settings of an account are wrong')
      }
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < PAGE_ROWS) return
    after = last.id
  }
}

function problemOf(api: string, patch: Readonly<Record<string, unknown>>): string | undefined {
  return Object.hasOwn(APIS, api) ? APIS[api]?.onboarding.settings?.problem(patch) : 'There is no such API.'
}
