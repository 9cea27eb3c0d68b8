/**
 * Looks for card data where it must not be. Tests pay with the numbers of `TEST_PANS` and the codes of `MARKED_CVVS`, and hand over
 * what came of it: the database, the log, everything that was answered or sent.
 *
 * @example
 * const world = await createWorld()
 * … pay with TEST_PANS[0] and MARKED_CVVS[0] …
 * await assertNoSecrets(world.db, logLines, answers)
 *
 * It knows the numbers, and not what a card number looks like, so that it shares no mistake with the code that hides them. It finds
 * them with separators, in other scripts' digits, inside bytes, and inside hexadecimal and base64.
 */
import type { Queryable } from '../../src/db/db.ts'

/** Card numbers that tests and the sandbox use; all are published test numbers. Mistyped ones are as secret as right ones. */
export const TEST_PANS: readonly string[] = `
  4242424242424242 4242424242424241 4111111111111111 4000000000003220 4000000000000002 4000000000000341 4000000000009995 4000000000009987
  4000000000009979 4000000000003063 4000000000003097 4000000000000127 4000000000000119 4000000000000069 4000000000006975 4000008400001629
  4000008260003178 4000002760003184 4000300011112220 4100000000000019 4200000000000000 4005550000000019 4012000000001006 4012000000001014
  4012000000001022 4012000000001030 4012000000001055 4012000000001097 4012000000003010 4222222222222 4302912837020000 4412397212080000
  5555555555554444 5105105105105100 5123817234060000 5519283812030000 5204240000015003 5204240000015011 5204240000015029 2223003122003222
  378282246310005 371449635398431 30569309025904 6011111111111117 3530111333300000 6759649826438453 6222021234567890 6200000000000005
  6362970000457013 2200000000000004`.trim().split(/\s+/)

/**
 * Security codes that stand out: their zero in front does not survive as a number, and no amount, time or id is written so.
 * Three digits, and four for American Express.
 */
export const MARKED_CVVS = ['019', '0917', '083'] as const

export interface Searched {
  readonly tables: number
  readonly rows: number
  readonly texts: number
}

const BETWEEN_DIGITS = /(?<=\d)(?:[\s\-._+/\u00a0\u2009\u2010-\u2015]{1,2}|%20)(?=\d)/g
const OTHER_DIGITS = /[\u0660-\u0669\u06f0-\u06f9\uff10-\uff19]/g
// A dash before or behind would find the groups of UUIDs, a dot the milliseconds of times.
const CVV = new RegExp(`(?<![\\w.+-])(?:${MARKED_CVVS.join('|')})(?![\\w-]|\\.\\d)`, 'g')
const HEX = /(?:\\x)?((?:[0-9a-f]{2}){12,})/gi
const BASE64 = /[A-Za-z0-9+/_-]{16,}={0,2}/g
/** How many encodings inside each other are undone: JSON in a token in a row, and one more. */
const DEPTH_MAX = 3

/** The test numbers and marked codes in the text, each once. */
export function findSecrets(text: string): string[] {
  const found = new Set<string>()
  search(text, true, DEPTH_MAX, found)
  return [...found]
}

/**
 * Throws when card data is in any row of any table, any line of the log, or any answer. Returns how much it looked at, for tests that
 * want to be sure that there was something to look at.
 */
export async function assertNoSecrets(db: Queryable | undefined, logs: Iterable<string>, responses: Iterable<string>): Promise<Searched> {
  const problems: string[] = []
  let [tables, rows, texts] = [0, 0, 0]
  const look = (where: string, text: string): void => {
    const found = findSecrets(text)
    if (found.length > 0) problems.push(`${where} holds ${found.join(', ')}: ${text.slice(0, 300)}`)
  }
  for (const table of db === undefined ? [] : await tablesOf(db)) {
    tables++
    // The text of a row is the text of all its columns; bytes are hexadecimal in it.
    for (const { row } of (await db?.query<{ row: string }>(`SELECT t::text AS row FROM ${table} AS t`)) ?? []) {
      rows++
      look(`table ${table}`, row)
    }
  }
  for (const [what, list] of [['log', logs], ['response', responses]] as const) {
    for (const text of list) {
      texts++
      look(`${what} ${texts}`, text)
    }
  }
  if (problems.length > 0) throw new Error(`card data where it must not be:\n${problems.join('\n')}`)
  return { tables, rows, texts }
}

async function tablesOf(db: Queryable): Promise<string[]> {
  const rows = await db.query<{ name: string }>(
    `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
     WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
  )
  return rows.map(({ name }) => name)
}

/** `readable`: short codes are looked for in text only; in random bytes they come up by chance. */
function search(text: string, readable: boolean, depth: number, found: Set<string>): void {
  const plain = text.replace(OTHER_DIGITS, (digit) => String((digit.charCodeAt(0) - (digit >= '\uff10' ? 0xff10 : digit >= '\u06f0' ? 0x06f0 : 0x0660)) % 10))
  const joined = plain.replace(BETWEEN_DIGITS, '')
  for (const pan of TEST_PANS) if (joined.includes(pan) || plain.includes(pan)) found.add(pan)
  if (readable) for (const [cvv] of plain.matchAll(CVV)) found.add(cvv)
  if (depth === 0) return
  for (const [, hex = ''] of text.matchAll(HEX)) searchBytes(Buffer.from(hex, 'hex'), depth, found)
  for (const [base64] of text.matchAll(BASE64)) searchBytes(Buffer.from(base64, 'base64'), depth, found)
}

function searchBytes(bytes: Buffer, depth: number, found: Set<string>): void {
  const text = bytes.toString('utf8')
  search(text, !/[\ufffd\x00-\x08\x0e-\x1f]/.test(text), depth - 1, found)
}
