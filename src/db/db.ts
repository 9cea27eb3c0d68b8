/**
 * One interface over both engines: PGlite (embedded) and a PostgreSQL server. Same SQL, same types on both:
 * int8 comes as bigint, timestamptz as Date, json and jsonb parsed, bytea as Uint8Array.
 */
export interface Queryable {
  /** Runs one statement. A `name` makes it a prepared statement of the connection. */
  query<R extends object = Record<string, unknown>>(text: string, params?: readonly unknown[], options?: { name?: string }): Promise<R[]>
}

export interface Db extends Queryable {
  readonly engine: 'pglite' | 'postgres'
  /** Runs `work` between BEGIN and COMMIT on one connection; rolls back when it throws. Not for payment paths: those go through commit.ts. */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>
  /** Runs statements without parameters, separated by semicolons (migrations). */
  script(text: string): Promise<void>
  close(): Promise<void>
}

/** True for a unique violation (SQLSTATE 23505), of one constraint when named. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error) || error.code !== '23505') return false
  return constraint === undefined || ('constraint' in error && error.constraint === constraint)
}
