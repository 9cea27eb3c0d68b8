/** Addresses that answers and notifications contain. Made once, from the base URL of the installation (one base serves all three services). */
export interface Links {
  /** `receipt_url`: `<base>/customer/transactions/<uid>/<64 hex>` (beGateway reference 4). */
  receipt(merchant_id: string, uid: string): string
  /** Where a browser finishes 3-D Secure: contains `/process/` (reference 17). */
  process(shop_id: string, uid: string): string
}
