/**
 * Where the browser goes at the end. Documented for checkout: `token`, `status` and `uid` are appended and what the merchant has in
 * the query stays as it is (beGateway reference 9). For the direct API the page says nothing about parameters: `uid` and `status`
 * are appended there, and `token` only when there is a checkout token.
 */
export function returnUrl(url: string, parameters: { readonly token?: string | undefined; readonly status: string; readonly uid: string }): string {
  const added = Object.entries(parameters)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')
  // Written by hand: URLSearchParams would re-encode what the merchant wrote.
  const [address, fragment] = split(url, '#')
  const glue = !address.includes('?') ? '?' : address.endsWith('?') || address.endsWith('&') ? '' : '&'
  return `${address}${glue}${added}${fragment === undefined ? '' : `#${fragment}`}`
}

function split(text: string, mark: string): [string, string | undefined] {
  const place = text.indexOf(mark)
  return place < 0 ? [text, undefined] : [text.slice(0, place), text.slice(place + 1)]
}
