/** All settings, with their defaults, from the environment; checked once, at start. */
import { fail, ok, type Result } from './core/result.ts'

export interface Config {
  /** PORT: the one port that everything is served on. */
  readonly port: number
  /** HOST: the address to listen on; only this machine by default. */
  readonly host: string
  /** TENDER_DATA: the folder of the embedded database and of the master key. */
  readonly data_folder: string
  /** DATABASE_URL: a PostgreSQL server; the embedded engine without it. */
  readonly database_url: string | undefined
  /** TENDER_PUBLIC_URL: how browsers and merchants reach this server, without a slash at the end. */
  readonly public_url: string
  /** TENDER_HOSTS: `api=host.name,…`: at that host, the API is at the root. */
  readonly hosts: Readonly<Record<string, string>>
  /** TENDER_DEMO: whether a demo merchant is made on the first start. */
  readonly demo: boolean
  /** TENDER_PROVIDER_TIMEOUT_MS: after this, a provider's answer counts as unknown. */
  readonly provider_timeout_ms: number
  /** TENDER_RESOLVE_EVERY_MS: how often open attempts, expiries and waiting refunds are looked after. */
  readonly resolve_every_ms: number
  /** TENDER_SANDBOX_URL: the sandbox networks as a program of their own (`tender sandbox`); in this process without it. */
  readonly sandbox_url: string | undefined
  /** TENDER_ALLOW_PRIVATE_RECEIVERS: lets webhooks of every merchant go to private addresses, not only of demo merchants. */
  readonly allow_private_receivers: boolean
  /** TENDER_TRUST_PROXY: takes the client's address and scheme from X-Forwarded-* headers of the proxy in front. */
  readonly trust_proxy: boolean
  /** TENDER_CRASH_AT: for crash tests: kill this process at a labelled step. */
  readonly crash_at: string | undefined
}

type Env = Readonly<Record<string, string | undefined>>

/** Reads the settings; on failure one sentence that names the setting and what it may be. */
export function readConfig(env: Env): Result<Config, string> {
  const problems: string[] = []
  const number = (name: string, fallback: number, min: number, max: number): number => {
    const text = env[name]
    if (text === undefined || text === '') return fallback
    const value = Number(text)
    if (Number.isInteger(value) && value >= min && value <= max) return value
    problems.push(`${name} must be a whole number from ${min} to ${max}, not "${text}"`)
    return fallback
  }
  const flag = (name: string, fallback: boolean): boolean => {
    const text = env[name]
    if (text === undefined || text === '') return fallback
    if (['1', 'true', 'on', 'yes'].includes(text.toLowerCase())) return true
    if (['0', 'false', 'off', 'no'].includes(text.toLowerCase())) return false
    problems.push(`${name} must be on or off, not "${text}"`)
    return fallback
  }
  const url = (name: string, protocols: readonly string[]): string | undefined => {
    const text = env[name]
    if (text === undefined || text === '') return undefined
    if (URL.canParse(text) && protocols.includes(new URL(text).protocol)) return text.replace(/\/+$/, '')
    problems.push(`${name} must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`)
    return undefined
  }
  const port = number('PORT', 8080, 0, 65_535)
  const config: Config = {
    port,
    host: env['HOST'] || '127.0.0.1',
    data_folder: env['TENDER_DATA'] || './.tender',
    database_url: url('DATABASE_URL', ['postgres:', 'postgresql:']),
    public_url: url('TENDER_PUBLIC_URL', ['http:', 'https:']) ?? `http://localhost:${port}`,
    hosts: readHosts(env['TENDER_HOSTS'], problems),
    demo: flag('TENDER_DEMO', true),
    provider_timeout_ms: number('TENDER_PROVIDER_TIMEOUT_MS', 20_000, 100, 120_000),
    resolve_every_ms: number('TENDER_RESOLVE_EVERY_MS', 1_000, 50, 60_000),
    sandbox_url: url('TENDER_SANDBOX_URL', ['http:', 'https:']),
    allow_private_receivers: flag('TENDER_ALLOW_PRIVATE_RECEIVERS', false),
    trust_proxy: flag('TENDER_TRUST_PROXY', false),
    crash_at: env['TENDER_CRASH_AT'] || undefined,
  }
  return problems.length === 0 ? ok(config) : fail(problems.join('; '))
}

function readHosts(text: string | undefined, problems: string[]): Record<string, string> {
  const hosts: Record<string, string> = {}
  for (const pair of (text ?? '').split(',').map((part) => part.trim()).filter((part) => part !== '')) {
    const [api = '', host = '', ...rest] = pair.split('=')
    if (!/^[a-z]+$/.test(api) || host === '' || rest.length > 0) problems.push(`TENDER_HOSTS must look like "corefy=pay.example,fintoc=api.example", not "${pair}"`)
    else hosts[host.toLowerCase()] = api
  }
  return hosts
}
