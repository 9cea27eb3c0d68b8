/** The types of columns that rows are written to. */
export type ColumnType = 'text' | 'int' | 'bigint' | 'boolean' | 'json' | 'jsonb' | 'timestamptz' | 'bytea' | 'text[]' | 'bigint[]'

export type Columns = Readonly<Record<string, ColumnType>>

/** A record whose members are columns; what is missing or undefined is null, and what is no column is left out. */
export type Row = object

/** What a row has in a column. */
export const valueIn = (row: Row, column: string): unknown => (row as Readonly<Record<string, unknown>>)[column]
