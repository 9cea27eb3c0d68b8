/** Reads the options of `Fintoc.create`. A wrong or missing one throws at once, where the developer sees it (choice; the reference is silent). */

export interface WidgetOptions {
  readonly publicKey: string
  readonly token: string
  readonly holderType: string | undefined
  readonly country: string | undefined
  readonly institutionId: string | undefined
  readonly username: string | undefined
  readonly usernameEditable: boolean
  readonly onSuccess: Callback
  readonly onExit: Callback
  readonly onEvent: Callback
}

type Callback = ((...args: never[]) => unknown) | undefined

type Given = Readonly<Record<string, unknown>>

export function readOptions(given: unknown): WidgetOptions {
  if (typeof given !== 'object' || given === null) throw new Error('Fintoc.create: pass an object of options')
  const options = given as Given
  const product = word(options, 'product') ?? 'payments'
  // `payments` with another product's suffix (`payments.direct`) exists in older shops.
  if (!/^payments?\b/.test(product)) throw new Error(`Fintoc.create: product "${product}" is not offered here, only "payments"`)
  const token = word(options, 'widgetToken') ?? word(options, 'sessionToken')
  if (token === undefined) throw new Error('Fintoc.create: widgetToken is missing')
  const publicKey = word(options, 'publicKey')
  if (publicKey === undefined || !/^pk_(live|test)_/.test(publicKey)) throw new Error('Fintoc.create: publicKey is missing, or is no public key (pk_…)')
  return { publicKey, token, ...details(options) }
}

function details(options: Given): Omit<WidgetOptions, 'publicKey' | 'token'> {
  const user = options.username
  const nested = typeof user === 'object' && user !== null ? (user as Given) : undefined
  return {
    holderType: oneOf(options, 'holderType', ['individual', 'business']),
    country: oneOf(options, 'country', ['cl', 'mx']),
    institutionId: word(options, 'institutionId'),
    username: nested ? word(nested, 'value') : word(options, 'username'),
    usernameEditable: nested?.editable !== false,
    onSuccess: callback(options, 'onSuccess'),
    onExit: callback(options, 'onExit'),
    onEvent: callback(options, 'onEvent'),
  }
}

function word(options: Given, name: string): string | undefined {
  const value = options[name]
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string' || value.length > 300) throw new Error(`Fintoc.create: ${name} must be a string`)
  return value
}

function oneOf(options: Given, name: string, words: readonly string[]): string | undefined {
  const value = word(options, name)
  if (value !== undefined && !words.includes(value)) throw new Error(`Fintoc.create: ${name} must be one of ${words.join(', ')}`)
  return value
}

function callback(options: Given, name: string): Callback {
  const value = options[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'function') throw new Error(`Fintoc.create: ${name} must be a function`)
  return value as Callback
}
