/** Tokens of wallets and accounts that may be charged again. A token leads to the operation that brought it, where it is written down. */
import type { Ids } from '../../../core/ids.ts'
import type { Book, BookRecord } from '../book.ts'

const PREFIX = 'apmt_'

export function mintToken(key: string, ids: Ids): string {
  return `${PREFIX}${Buffer.from(key).toString('base64url')}.${ids.hex(12)}`
}

/** The operation that the token comes from; undefined when there is none, or when it was another method's. */
export async function ownerOfToken(book: Book, token: string, code: string): Promise<BookRecord | undefined> {
  if (!token.startsWith(PREFIX)) return undefined
  const key = Buffer.from(token.slice(PREFIX.length).split('.')[0] ?? '', 'base64url').toString('utf8')
  const record = await book.find(key)
  return record?.status === 'approved' && record.facts.token === token && record.notes.code === code ? record : undefined
}
