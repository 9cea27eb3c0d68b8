/**
 * The two messages of an EMV 3-D Secure 2 challenge that pass through the payer's browser, base64url JSON as in the
 * specification: the request that opens the page, and the answer that comes back.
 */
import { THREE_DS_VERSION } from './decide.ts'

export interface Creq {
  readonly threeDSServerTransID: string
  readonly acsTransID: string
  readonly messageType: 'CReq'
  readonly messageVersion: string
  /** `05`: full screen. */
  readonly challengeWindowSize: string
}

export interface Cres {
  readonly threeDSServerTransID: string
  readonly acsTransID: string
  readonly messageType: 'CRes'
  readonly messageVersion: string
  readonly challengeCompletionInd: 'Y'
  readonly transStatus: 'Y' | 'N' | 'U'
}

/** The form fields with which the payer's browser opens the challenge. `term_url` says where it will come back to. */
export function challengeFields(challenge: { handle: string; transaction: string; return_url: string | undefined }): Record<string, string> {
  const { handle, transaction, return_url } = challenge
  const creq: Creq = {
    threeDSServerTransID: transaction, acsTransID: handle, challengeWindowSize: '05', messageType: 'CReq', messageVersion: THREE_DS_VERSION,
  }
  return { creq: encode(creq), threeDSSessionData: Buffer.from(transaction).toString('base64url'), term_url: return_url ?? '' }
}

/** The answer for the way back. */
export function encodeCres(transaction: string, handle: string, transStatus: Cres['transStatus']): string {
  return encode({
    threeDSServerTransID: transaction, acsTransID: handle, messageType: 'CRes', messageVersion: THREE_DS_VERSION, challengeCompletionInd: 'Y', transStatus,
  } satisfies Cres)
}

export function readCreq(text: string): { readonly acsTransID: string } | undefined {
  return read(text, 'CReq')
}

export function readCres(text: string): { readonly acsTransID: string } | undefined {
  return read(text, 'CRes')
}

function encode(message: Creq | Cres): string {
  return Buffer.from(JSON.stringify(message)).toString('base64url')
}

/** The message, or undefined for anything that is not one: it comes from a browser. */
function read(text: string, type: string): { readonly acsTransID: string } | undefined {
  try {
    const message: unknown = JSON.parse(Buffer.from(text.slice(0, 4096), 'base64url').toString('utf8'))
    if (typeof message !== 'object' || message === null || !('acsTransID' in message) || !('messageType' in message)) return undefined
    const { acsTransID, messageType } = message
    return messageType === type && typeof acsTransID === 'string' ? { acsTransID } : undefined
  } catch {
    return undefined
  }
}
