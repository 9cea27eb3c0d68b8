import { isObject } from '../../common/body.ts'

/** What of the payer's browser goes on to the provider. */
export interface BrowserInfo {
  readonly ip: string | undefined
  readonly language: string | undefined
  readonly user_agent: string | undefined
}

/** What the merchant says about the payer's browser. Clients fill in more or less of it, so what makes no sense is left out. */
export function browserInfo(body: unknown): BrowserInfo {
  const info = isObject(body) && isObject(body['data']) && isObject(body['data']['attributes']) ? body['data']['attributes']['browser_info'] : undefined
  const text = (name: string, form: RegExp): string | undefined => {
    const value = isObject(info) ? info[name] : undefined
    return typeof value === 'string' && form.test(value) ? value : undefined
  }
  return { ip: text('browser_ip', /^[0-9a-fA-F:.]{3,45}$/), language: text('browser_language', /^[\w-]{2,20}$/), user_agent: text('browser_user_agent', /^[\x20-\x7e]{1,2048}$/) }
}
