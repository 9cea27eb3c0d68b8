import type { Config } from '../config.ts'
import { demoKeys } from './demo.ts'

/** What a newcomer sees after the start: where everything is, and one request per API to paste. */
export function greeting(config: Config): string {
  if (!config.demo) return `Tender is ready at ${config.public_url}\n`
  const { corefy } = demoKeys(config)
  return `
Tender is ready at ${config.public_url} (data: ${config.database_url === undefined ? config.data_folder : 'PostgreSQL'})

The demo merchant has fixed test keys; "npx tender demo" prints them again. Card 4242 4242 4242 4242 pays, any date, any code.

Corefy: make a card payment of $1, then open flow_data.action in a browser
  curl -u ${corefy?.['account_id']}:${corefy?.['api_key']} -H 'content-type: application/json' ${corefy?.['base_url']}/payment-invoices -d '{"data":{"type":"payment-invoices","attributes":{"test_mode":true,"reference_id":"ORDER-'$RANDOM'","currency":"USD","amount":1,"service":"payment_card_usd_hpp","customer":{"reference_id":"my_customer_1","name":"John Doe"},"gateway_options":{"cardgate":{"tokenize":true}}}}}'

Ctrl-C stops it.
`
}
