/**
 * The error object of every 4xx and 5xx answer, and the one table from code to status and type ("Fintoc reference: Errors").
 *
 * Only codes of this table are sent: the Ruby client turns a code into a class name and breaks on one that it does not know.
 */

/** `type` of an error object. */
export type ErrorType = 'api_error' | 'authentication_error' | 'link_error' | 'institution_error' | 'invalid_request_error' | 'new_contact_error' | 'amount_error'

const request = (status: number): { readonly status: number; readonly type: ErrorType } => ({ status, type: 'invalid_request_error' })
const institution = { status: 406, type: 'institution_error' } as const
const authentication = { status: 401, type: 'authentication_error' } as const
const failure = { status: 500, type: 'api_error' } as const

/** Code → HTTP status and type. The statuses are those under which the official Ruby client lists each code. */
export const ERRORS = {
  invalid_request: request(400),
  missing_parameter: request(400),
  invalid_params: request(400),
  invalid_json: request(400),
  invalid_hash: request(400),
  invalid_array: request(400),
  invalid_string: request(400),
  empty_string: request(400),
  invalid_string_size: request(400),
  invalid_integer: request(400),
  invalid_positive_integer: request(400),
  invalid_boolean: request(400),
  invalid_enum: request(400),
  invalid_date: request(400),
  invalid_amount: request(400),
  invalid_currency: request(400),
  currency_mismatch: request(400),
  invalid_holder_id: request(400),
  invalid_account_type: request(400),
  invalid_account_number: request(400),
  invalid_institution_id: request(400),
  invalid_payment_reference_number: request(400),
  invalid_business_profile_tax_id: request(400),
  invalid_expires_at: request(400),
  invalid_webhook_subscription: request(400),
  invalid_widget_token: request(400),
  invalid_product: request(400),
  invalid_mode: request(400),
  invalid_username: request(400),
  invalid_clabe: request(400),
  authentication,
  invalid_api_key: authentication,
  expired_api_key: authentication,
  invalid_api_key_mode: authentication,
  forbidden_request: request(403),
  product_access_required: request(403),
  invalid_api_version: request(403),
  missing_resource: request(404),
  invalid_url: request(404),
  operation_not_allowed: request(405),
  institution_credentials_invalid: institution,
  locked_credentials: institution,
  unavailable_institution: institution,
  rate_limit_exceeded: request(429),
  internal_server_error: failure,
} as const satisfies Record<string, { readonly status: number; readonly type: ErrorType }>

export type ErrorCode = keyof typeof ERRORS

/** An expected failure, before it is put on the wire. */
export interface Problem {
  readonly code: ErrorCode
  readonly message: string
  /** The field that is wrong, with dots (`recipient_account.holder_id`). */
  readonly param?: string | undefined
}

export function problem(code: ErrorCode, message: string, param?: string): Problem {
  // What is quoted from a request may have been cut in the middle of a character.
  return { code, message: message.toWellFormed(), param: param?.toWellFormed() }
}

/** What an endpoint answers: a status and a JSON value. */
export interface Answer {
  readonly status: number
  readonly body: unknown
}

export function answer(status: number, body: unknown): Answer {
  return { status, body }
}

/** The answer that carries a problem. All five keys are always there: official clients read `error.type` without looking. */
export function refusal(what: Problem): Answer {
  const { status, type } = ERRORS[what.code]
  return {
    status,
    body: { error: { type, code: what.code, message: what.message, param: what.param ?? null, doc_url: null } },
  }
}

/** What is said of a failure of ours: nothing that would help nobody but a stranger. */
export const FAILURE: Answer = refusal(problem('internal_server_error', 'Something went wrong on our side'))

/** The database is away. Clients know no code of its own for that, and break on one that they do not know; the status says it. */
export const unavailable = (message: string): Answer => ({ ...refusal(problem('internal_server_error', message)), status: 503 })

export const missingResource = (name: string, id: string): Problem => problem('missing_resource', `No such ${name}: ${id.slice(0, 60)}`, 'id')
