/** Chilean RUTs, for the server and for the widget's frame alike (so it imports nothing). Everything takes the plain form, `416148503`. */

/** The check character that belongs to the body of a RUT: modulus 11 with weights 2…7 from the right (11 is 0, 10 is K). */
export function rutCheck(body: string): string {
  let sum = 0
  for (let place = 0; place < body.length; place++) sum += Number(body.charAt(body.length - 1 - place)) * (2 + (place % 6))
  return '0K987654321'.charAt(sum % 11)
}

/** Body digits, then the check character; K in either case. */
export function isRut(text: string): boolean {
  return /^\d{6,9}[\dkK]$/.test(text) && text.slice(-1).toUpperCase() === rutCheck(text.slice(0, -1))
}

/** As people write it: `41.614.850-3`. */
export function formatRut(plain: string): string {
  return `${plain.slice(0, -1).replace(/\B(?=(\d{3})+$)/g, '.')}-${plain.slice(-1).toUpperCase()}`
}
