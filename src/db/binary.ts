/**
 * Rows in PostgreSQL's binary format: an array of a composite type, as `array_recv` and `record_recv` read it (PostgreSQL: src/backend/utils/adt).
 * All numbers are big-endian.
 *
 *   array    dimensions (1) | has nulls (0) | oid of the element | length | lower bound (1) | elements
 *   element  size in bytes, or -1 for null | value
 *   row      number of columns | per column: oid, and the value as an element
 */
import { valueIn, type ColumnType, type Columns, type Row } from './columns.ts'

const OID: Readonly<Record<ColumnType, number>> = { text: 25, int: 23, bigint: 20, boolean: 16, json: 114, jsonb: 3802, timestamptz: 1184, bytea: 17, 'text[]': 1009, 'bigint[]': 1016 }
/** 1 January 2000, where PostgreSQL's time begins. */
const EPOCH_MS = 946_684_800_000
const WORD = 2 ** 32
const INT_MAX = 2 ** 31 - 1
const ARRAY_HEADER_BYTES = 20
/** More than any value that is not text, with what stands before it. */
const MARGIN_BYTES = 64

/** One for all: written and copied within one turn. */
let buffer = Buffer.allocUnsafe(1 << 18)
/** The same bytes: numbers go in by instructions of the processor, and not by functions of Node. */
let view = viewOf(buffer)

function viewOf({ buffer: memory, byteOffset, length }: Buffer): DataView {
  return new DataView(memory, byteOffset, length)
}

/** The rows as a parameter of the array type of `oid`; `items`: their numbers, for the column `item`. Throws a TypeError or RangeError for a value that its column cannot hold. */
export function encodeRows(oid: number, columns: Columns, rows: readonly Row[], items: readonly number[] = []): Buffer {
  const entries = Object.entries(columns)
  let at = writeArrayHeader(0, oid, rows.length)
  for (const [index, row] of rows.entries()) {
    const start = at
    at = reserve(at, MARGIN_BYTES) + 4
    at = int32(entries.length, at)
    for (const [name, type] of entries) {
      at = reserve(at, MARGIN_BYTES)
      at = writeElement(int32(OID[type], at), type, name === 'item' ? items[index] : valueIn(row, name))
    }
    int32(at - start - 4, start)
  }
  return Buffer.from(buffer.subarray(0, at))
}

/** Makes room for so many bytes more; returns where they go. */
function reserve(at: number, bytes: number): number {
  if (at + bytes > buffer.length) {
    buffer = Buffer.concat([buffer], Math.max(buffer.length * 2, at + bytes))
    view = viewOf(buffer)
  }
  return at
}

function writeArrayHeader(at: number, element_oid: number, length: number): number {
  reserve(at, ARRAY_HEADER_BYTES)
  if (length === 0) return writeInts(at, 0, 0, element_oid)
  return writeInts(at, 1, 0, element_oid, length, 1)
}

/** A number within its range; returns where the next one goes. */
function int32(value: number, at: number): number {
  view.setInt32(at, value)
  return at + 4
}

function writeInts(at: number, ...values: readonly number[]): number {
  for (const value of values) at = int32(value, at)
  return at
}

/** Size and value; returns where the next one goes. */
function writeElement(at: number, type: ColumnType, value: unknown): number {
  if (value === null || value === undefined) return int32(-1, at)
  switch (type) {
    case 'text': return writeText(at, value)
    case 'json': return writeText(at, JSON.stringify(value))
    // The version of the format comes first.
    case 'jsonb': return writeText(at, `\x01${JSON.stringify(value)}`)
    case 'int': return writeInt(at, value)
    case 'bigint': return writeBigInt(at, value)
    case 'boolean': return writeBoolean(at, value)
    case 'timestamptz': return writeTime(at, value)
    case 'bytea': return writeBytes(at, value as Uint8Array)
    case 'text[]': return writeArray(at, 'text', value as readonly unknown[])
    case 'bigint[]': return writeArray(at, 'bigint', value as readonly unknown[])
  }
}

function writeInt(at: number, value: unknown): number {
  // What is no number would be written as 0, and what is too large cut off.
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new TypeError(`${JSON.stringify(value)} is no integer`)
  if (value > INT_MAX || value < -INT_MAX - 1) throw new RangeError(`${value} is out of range`)
  return int32(value, int32(4, at))
}

function writeBigInt(at: number, value: unknown): number {
  if (typeof value !== 'bigint') throw new TypeError(`a value of type ${typeof value} is no BigInt`)
  if (value !== BigInt.asIntN(64, value)) throw new RangeError(`${value} is out of range`)
  view.setBigInt64(int32(8, at), value)
  return at + 12
}

function writeBoolean(at: number, value: unknown): number {
  if (typeof value !== 'boolean') throw new TypeError(`${JSON.stringify(value)} is neither true nor false`)
  return buffer.writeUInt8(value ? 1 : 0, int32(1, at))
}

function writeText(at: number, text: unknown): number {
  if (typeof text !== 'string') throw new TypeError(`a value of type ${typeof text} is no text`)
  // A character has at most three bytes per unit of UTF-16.
  reserve(at, 4 + text.length * 3 + MARGIN_BYTES)
  const size = buffer.write(text, at + 4)
  int32(size, at)
  return at + 4 + size
}

/** Microseconds. */
function writeTime(at: number, value: unknown): number {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) throw new TypeError(`${String(value)} is no time`)
  const us = (value.getTime() - EPOCH_MS) * 1_000
  const high = Math.floor(us / WORD)
  view.setUint32(int32(high, int32(8, at)), us - high * WORD)
  return at + 12
}

function writeBytes(at: number, bytes: Uint8Array): number {
  reserve(at, 4 + bytes.length + MARGIN_BYTES)
  int32(bytes.length, at)
  buffer.set(bytes, at + 4)
  return at + 4 + bytes.length
}

function writeArray(at: number, type: 'text' | 'bigint', values: readonly unknown[]): number {
  let end = writeArrayHeader(at + 4, OID[type], values.length)
  for (const value of values) end = writeElement(reserve(end, MARGIN_BYTES), type, value)
  int32(end - at - 4, at)
  return end
}
