/** The payer's RUT as it is typed: checked here so that a slip of a digit is found before the bank is asked. */
import { formatRut, isRut } from '../../../banks/rut.ts'

const plainRut = (typed: string): string => typed.replace(/[^\dkK]/g, '')

export const isTypedRut = (typed: string): boolean => isRut(plainRut(typed))

/** As people write it; what is too short to be one stays as it was typed. */
export function formatTypedRut(typed: string): string {
  const plain = plainRut(typed)
  return plain.length < 7 ? typed : formatRut(plain)
}
