/**
 * QPay's form names the apps of banks beside its page: deep links with logos (beGateway reference 4.1). What their members are called is not
 * public there; these names are the ones that QPay itself gives. Real links come from QPay: the test network has one bank, and its page.
 */
export interface BankApp {
  readonly name: string
  readonly description: string
  readonly logo: string
  readonly link: string
}

const LOGO = `data:image/svg+xml;base64,${Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path fill="#1d4ed8" d="M4 0 8 3H0zM1 4h1v3H1zm2.5 0h1v3h-1zM6 4h1v3H6zM0 7h8v1H0z"/></svg>').toString('base64')}`

/** The bank apps of a test payment. */
export const testBankApps = (page_url: string): readonly BankApp[] => [{ name: 'Test bank', description: 'Pays play money', logo: LOGO, link: page_url }]
