/** All settings, with their defaults, from the environment; checked once, at start. docs/settings.md shows the same table. */
import { isIP } from 'node:net'
import { fail, ok, type Result } from './core/result.ts'

export interface Config {
  readonly port: number
  readonly host: string
  readonly data_folder: string
  /** Undefined: the embedded engine. */
  readonly database_url: string | undefined
  /** Without a slash at the end. */
  readonly public_url: string
  /** Host name → API. */
  readonly hosts: Readonly<Record<string, string>>
  readonly demo: boolean
  readonly log_level: string
  readonly metrics_token: string | undefined
  readonly provider_timeout_ms: number
  readonly resolve_every_ms: number
  readonly sandbox_url: string | undefined
  readonly sandbox_token: string | undefined
  readonly allow_private_receivers: boolean
  /** How many proxies stand in front. */
  readonly trust_proxy: number
  /** Requests per second of one merchant; 0: as many as they like. */
  readonly rate_limit: number
  readonly crash_at: string | undefined
}

type Env = Readonly<Record<string, string | undefined>>

/** One setting. `read` gets what is set, never an empty text; its failure ends the sentence "NAME must be …". */
interface Setting<T> {
  readonly name: string
  /** What holds when it is not set, in words. */
  readonly otherwise: string
  /** What it is for, in words. */
  readonly is: string
  readonly fallback: T
  read(text: string): Result<T, string>
}

/** A plain text setting. */
const text = (name: string, fallback: string, is: string, allowed?: readonly string[]): Setting<string> => ({
  name, fallback, is, otherwise: `\`${fallback}\``,
  read: (value) => (allowed === undefined || allowed.includes(value) ? ok(value) : fail(`one of ${allowed.join(', ')}`)),
})

const optional = (name: string, otherwise: string, is: string): Setting<string | undefined> => ({ name, fallback: undefined, is, otherwise, read: ok })

const whole = (name: string, fallback: number, min: number, max: number, is: string): Setting<number> => ({
  name, fallback, is, otherwise: `\`${fallback}\``,
  read: (value) => (/^\d{1,9}$/.test(value) && Number(value) >= min && Number(value) <= max ? ok(Number(value)) : fail(`a whole number from ${min} to ${max}`)),
})

const flag = (name: string, fallback: boolean, is: string): Setting<boolean> => ({
  name, fallback, is, otherwise: fallback ? '`on`' : '`off`',
  read: (value) => {
    const read = readFlag(value)
    return read === undefined ? fail('on or off') : ok(read)
  },
})

function readFlag(value: string): boolean | undefined {
  if (['1', 'true', 'on', 'yes'].includes(value.toLowerCase())) return true
  return ['0', 'false', 'off', 'no'].includes(value.toLowerCase()) ? false : undefined
}

/** The value is not repeated when it is wrong: a database's address holds a password. */
const url = (name: string, protocols: readonly string[], otherwise: string, is: string): Setting<string | undefined> => ({
  name, fallback: undefined, is, otherwise,
  read: (value) => (URL.canParse(value) && protocols.includes(new URL(value).protocol) ? ok(value.replace(/\/+$/, '')) : fail(`a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`)),
})

/** What other addresses are made of, by adding to its end. */
function webAddress(name: string, otherwise: string, is: string): Setting<string | undefined> {
  const setting = url(name, ['http:', 'https:'], otherwise, is)
  return {
    ...setting,
    read: (value) => {
      const read = setting.read(value)
      return read.ok && (/[?#]/.test(value) || new URL(value).username !== '') ? fail('a URL that starts with http:// or https://, without user, query and fragment') : read
    },
  }
}

const HOSTS_EXAMPLE = 'like "corefy=pay.example,fintoc=api.example"'

const hosts: Setting<Readonly<Record<string, string>>> = {
  name: 'TENDER_HOSTS', fallback: {}, otherwise: 'every API is below its name',
  is: '`api=host.name,…`: at that host name, the API is at the root, so that `https://pay.example/payment-invoices` works as the client library expects',
  read: (value) => {
    const found: Record<string, string> = {}
    for (const pair of value.split(',').map((part) => part.trim()).filter((part) => part !== '')) {
      const [, api, host] = /^([a-z]+)=([a-z0-9.-]+)$/i.exec(pair) ?? []
      if (api === undefined || host === undefined) return fail(HOSTS_EXAMPLE)
      const name = host.toLowerCase()
      if ((found[name] ?? api) !== api) return fail(`${HOSTS_EXAMPLE}, with each host for one API`)
      found[name] = api
    }
    return ok(found)
  },
}

/** A client can send `X-Forwarded-For` itself, and most proxies add to it: so only as many entries count as there are proxies. */
const proxies: Setting<number> = {
  name: 'TENDER_TRUST_PROXY', fallback: 0, otherwise: '`off`',
  is: "`on`, or how many proxies stand in front, one behind the other: takes the client's address and scheme from their `X-Forwarded-*` headers, and of `X-Forwarded-For` what the outermost of them has seen",
  read: (value) => {
    if (/^[2-9]$/.test(value)) return ok(Number(value))
    const one = readFlag(value)
    return one === undefined ? fail('on, off, or the number of proxies in front, up to 9') : ok(one ? 1 : 0)
  },
}

/** Every setting, by its member of `Config`, in the order of the documentation. */
export const SETTINGS = {
  port: whole('PORT', 8080, 0, 65_535, 'the one port that everything is served on; `0` takes any free one'),
  host: { ...text('HOST', '127.0.0.1', 'the address to listen on; `0.0.0.0` for every address of the machine'), read: (value: string) => (isIP(value) > 0 || /^[a-z0-9.-]+$/i.test(value) ? ok(value) : fail('an address or a host name')) },
  public_url: webAddress('TENDER_PUBLIC_URL', '`http://localhost:PORT`', 'how browsers and merchants reach this server; links, pages and signatures carry it'),
  hosts,
  data_folder: text('TENDER_DATA', './.tender', 'the folder of the embedded database, of `master.key`, and of what the commands need to find the running server'),
  database_url: url('DATABASE_URL', ['postgres:', 'postgresql:'], 'the embedded engine', 'a PostgreSQL server, version 15 or newer'),
  demo: flag('TENDER_DEMO', true, 'makes a demo merchant with published test keys. Turn it off in production: then these keys open nothing, also where an earlier start has made them'),
  log_level: text('LOG_LEVEL', 'info', '`trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
  metrics_token: optional('TENDER_METRICS_TOKEN', 'only direct calls from this machine', 'the bearer token that `GET /metrics` asks for, so that another machine may read it'),
  trust_proxy: proxies,
  rate_limit: whole('TENDER_RATE_LIMIT', 0, 0, 1_000_000, 'requests per second that one merchant may make to each process; more are answered `429` with `Retry-After`. `0` limits nobody'),
  allow_private_receivers: flag('TENDER_ALLOW_PRIVATE_RECEIVERS', false, 'lets webhooks of every merchant go to private addresses; those of demo merchants always may'),
  provider_timeout_ms: whole('TENDER_PROVIDER_TIMEOUT_MS', 20_000, 100, 120_000, "after this, a provider's answer counts as unknown and is asked for again"),
  resolve_every_ms: whole('TENDER_RESOLVE_EVERY_MS', 1_000, 50, 60_000, 'how often open attempts, expiries and waiting refunds are looked after'),
  sandbox_url: webAddress('TENDER_SANDBOX_URL', 'the sandbox runs inside this process', 'a sandbox that runs as a program of its own (`tender sandbox`)'),
  sandbox_token: optional('TENDER_SANDBOX_TOKEN', 'none', 'the bearer token of that sandbox'),
  crash_at: optional('TENDER_CRASH_AT', 'never', 'for crash tests: the labelled step at which this process kills itself'),
} as const satisfies { readonly [K in keyof Config]: Setting<Config[K]> | Setting<Config[K] | undefined> }

/** Read by the vault (src/vault/key_encryption.ts) from the environment, so that they are never part of anything that could be shown. */
export const VAULT_SETTINGS: ReadonlyArray<Pick<Setting<never>, 'name' | 'otherwise' | 'is'>> = [
  { name: 'TENDER_MASTER_KEY', otherwise: '`master.key` in the data folder', is: 'base64 of 32 bytes: the key that wraps the data keys. Make one with `openssl rand -base64 32`' },
  { name: 'TENDER_MASTER_KEYS_OLD', otherwise: 'none', is: 'previous master keys, separated by commas, until `tender keys rotate` has run' },
]

/** Reads the settings; on failure one sentence that names each wrong setting and what it may be. */
export function readConfig(env: Env): Result<Config, string> {
  const problems: string[] = []
  const value = <T>(setting: Setting<T>): T => {
    const given = env[setting.name]?.trim()
    if (given === undefined || given === '') return setting.fallback
    const read = setting.read(given)
    if (read.ok) return read.value
    problems.push(`${setting.name} must be ${read.error}`)
    return setting.fallback
  }
  const port = value(SETTINGS.port)
  const host = value(SETTINGS.host)
  const config: Config = {
    port, host,
    public_url: value(SETTINGS.public_url) ?? `http://${nameOf(host)}:${port}`,
    hosts: value(SETTINGS.hosts),
    data_folder: value(SETTINGS.data_folder),
    database_url: value(SETTINGS.database_url),
    demo: value(SETTINGS.demo),
    log_level: value(SETTINGS.log_level),
    metrics_token: value(SETTINGS.metrics_token),
    trust_proxy: value(SETTINGS.trust_proxy),
    rate_limit: value(SETTINGS.rate_limit),
    allow_private_receivers: value(SETTINGS.allow_private_receivers),
    provider_timeout_ms: value(SETTINGS.provider_timeout_ms),
    resolve_every_ms: value(SETTINGS.resolve_every_ms),
    sandbox_url: value(SETTINGS.sandbox_url),
    sandbox_token: value(SETTINGS.sandbox_token),
    crash_at: value(SETTINGS.crash_at),
  }
  return problems.length === 0 ? ok(config) : fail(problems.join('; '))
}

/** How a browser on this machine reaches what listens on an address. */
export function nameOf(host: string): string {
  if (['127.0.0.1', '::1', '0.0.0.0', '::', 'localhost'].includes(host)) return 'localhost'
  return isIP(host) === 6 ? `[${host}]` : host
}
