/** The types of columns that rows are written to. */
export type ColumnType = 'text' | 'int' | 'bigint' | 'boolean' | 'json' | 'jsonb' | 'timestamptz' | 'bytea' | 'text[]' | 'bigint[]'

export type Columns = Readonly<Record<string, ColumnType>>

/** Values by column; what is missing or undefined is null. */
export type Row = Readonly<Record<string, unknown>>
