import type { Config } from '../config.ts'
import { APIS, baseUrlOf } from '../main.ts'

/** What a newcomer sees after the start: where everything is, one request per API to paste, and the page to open. */
export function greeting(config: Config): string {
  const data = config.database_url === undefined ? config.data_folder : 'PostgreSQL'
  const apis = Object.entries(APIS).map(([api, { onboarding }]) => ({ base_url: baseUrlOf(config, api), ...onboarding }))
  const width = Math.max(...apis.map(({ title }) => title.length))
  const lines = ['', `Tender is ready (data: ${data}). Open ${config.public_url}/`, '', ...apis.map(({ title, base_url }) => `  ${title.padEnd(width)}  ${base_url}`), '']
  if (config.demo) {
    lines.push('The demo merchant has fixed test keys; "npx tender demo" prints them. Card 4242 4242 4242 4242 pays, with any date and any code.', '')
    if (isForOthers(config)) lines.push('These keys are published, and others can reach this server: whoever does may use them, also to have notifications sent into your network.', 'TENDER_DEMO=off turns them off.', '')
    for (const { title, base_url, samples, page } of apis) {
      if (page !== undefined) lines.push(`# ${title}: open a payment page`, page(base_url), '')
      for (const { does, command, then } of samples(base_url)) lines.push(`# ${title}: ${does}`, command, ...(then === undefined ? [] : [`#   → ${then}`]), '')
    }
  }
  return [...lines, 'Ctrl-C stops it.', ''].join('\n')
}

/** Whether more than this machine may be served. */
function isForOthers({ host, public_url }: Config): boolean {
  const here = ['localhost', '127.0.0.1', '::1', '[::1]']
  return !here.includes(host) || !here.includes(new URL(public_url).hostname)
}
