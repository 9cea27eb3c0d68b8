/** The payer's RUT as it is typed: checked here so that a slip of a digit is found before the bank is asked. */

const plainRut = (typed: string): string => typed.replace(/[^\dkK]/g, '').toUpperCase()

/** Modulus 11 with weights 2…7 from the right. */
export function isRutTyped(typed: string): boolean {
  const plain = plainRut(typed)
  if (!/^\d{6,9}[\dK]$/.test(plain)) return false
  let sum = 0
  let weight = 2
  for (let i = plain.length - 2; i >= 0; i--) {
    sum += Number(plain.charAt(i)) * weight
    weight = weight === 7 ? 2 : weight + 1
  }
  return plain.slice(-1) === '0K987654321'.charAt(sum % 11)
}

/** `416148503` as people write it: 41.614.850-3. */
export function formatRut(typed: string): string {
  const plain = plainRut(typed)
  if (plain.length < 7) return typed
  return `${plain.slice(0, -1).replace(/\B(?=(\d{3})+$)/g, '.')}-${plain.slice(-1)}`
}
