/**
 * The digits that a payer meant: full-width, Arabic-Indic and Persian digits become ASCII, everything else goes.
 */
export function digitsOf(text: string): string {
  return plainDigits(text).replace(/\D/g, '')
}

/** The same text with every digit in ASCII. */
export function plainDigits(text: string): string {
  return text.replace(/[\uFF10-\uFF19\u0660-\u0669\u06F0-\u06F9]/g, (char) => String((char.charCodeAt(0) & 0xff) % 16))
}
