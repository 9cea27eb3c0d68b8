/**
 * The card network's magic inputs, all of them. A card that is not here is approved without a challenge when its number passes
 * the Luhn check, and declined as `invalid_number` when it does not; declined as `card_expired` when its month is over.
 * Magic cards do not care about their expiry, unless the table says that the expiry decides.
 *
 * Sources: Corefy's and beGateway's public test data, Stripe's well-known numbers, FlexCharge's sandbox.
 */
import type { Reason } from '../../../core/reasons.ts'

/**
 * What 3-D Secure does with the card when the payer can be asked:
 * `none` not enrolled, carries no authentication (declined when authentication is required);
 * `frictionless` Y and `attempted` A go on without a page; `challenge` shows the page;
 * `unavailable` U, `rejected` R, `failed` N decline; `error` the directory server breaks;
 * `if_required` frictionless, but only when authentication is required; `always` challenge, and a soft decline where it is switched off.
 */
export type Authentication =
  | 'none' | 'frictionless' | 'attempted' | 'challenge' | 'unavailable' | 'rejected' | 'failed' | 'error' | 'if_required' | 'always'

/** `by_expiry`: the failing cards of Corefy, see FAILING_EXPIRIES. `first_only`: approved for the payer, declined for later charges. */
export type CardResult = 'approved' | 'approved_or_pending' | 'by_expiry' | 'first_only' | Reason

export interface MagicCard {
  readonly authentication: Authentication
  readonly result: CardResult
}

export const ANY_OTHER_CARD: MagicCard = { authentication: 'if_required', result: 'approved' }

export const MAGIC_CARDS: Readonly<Record<string, MagicCard>> = {
  // Corefy
  '5123817234060000': { authentication: 'challenge', result: 'approved_or_pending' },
  '5519283812030000': { authentication: 'none', result: 'approved_or_pending' },
  '4412397212080000': { authentication: 'challenge', result: 'by_expiry' },
  '4302912837020000': { authentication: 'none', result: 'by_expiry' },
  // widely known
  '4242424242424242': { authentication: 'if_required', result: 'approved' },
  '4000000000000002': { authentication: 'if_required', result: 'declined' },
  '4000000000009995': { authentication: 'if_required', result: 'insufficient_funds' },
  '4000000000009987': { authentication: 'if_required', result: 'lost_card' },
  '4000000000009979': { authentication: 'if_required', result: 'stolen_card' },
  '4000000000000069': { authentication: 'if_required', result: 'card_expired' },
  '4000000000000127': { authentication: 'if_required', result: 'invalid_cvv' },
  '4000000000000119': { authentication: 'if_required', result: 'provider_error' },
  '4000000000006975': { authentication: 'if_required', result: 'limit_exceeded' },
  '4100000000000019': { authentication: 'if_required', result: 'fraud_suspected' },
  '4000000000000341': { authentication: 'if_required', result: 'first_only' },
  '4000000000003220': { authentication: 'challenge', result: 'approved' },
  '4000000000003063': { authentication: 'always', result: 'approved' },
  '4000000000003097': { authentication: 'error', result: 'approved' },
  '4000008400001629': { authentication: 'challenge', result: 'declined' },
  '4000008260003178': { authentication: 'challenge', result: 'insufficient_funds' },
  // FlexCharge
  '4000002760003184': { authentication: 'if_required', result: 'approved' },
  '4000300011112220': { authentication: 'if_required', result: 'declined' },
  // beGateway
  '4200000000000000': { authentication: 'none', result: 'approved' },
  '4005550000000019': { authentication: 'none', result: 'declined' },
  '9112300000000000': { authentication: 'none', result: 'approved' },
  '4012000000003010': { authentication: 'challenge', result: 'approved' },
  '4012000000001006': { authentication: 'frictionless', result: 'approved' },
  '4012000000001055': { authentication: 'attempted', result: 'approved' },
  '4012000000001097': { authentication: 'challenge', result: 'approved' },
  '4012000000001022': { authentication: 'unavailable', result: 'approved' },
  '4012000000001030': { authentication: 'rejected', result: 'approved' },
  '4012000000001014': { authentication: 'failed', result: 'approved' },
  '5204240000015003': { authentication: 'frictionless', result: 'approved' },
  '5204240000015011': { authentication: 'frictionless', result: 'approved' },
  '5204240000015029': { authentication: 'challenge', result: 'approved' },
}

/** The expiry (MMYY) with which Corefy's successful cards stay pending for ever. */
export const PENDING_EXPIRY = '0777'

/** The reasons of Corefy's failing cards by expiry (MMYY); beside each, Corefy's own word. */
export const FAILING_EXPIRIES: Readonly<Record<string, Reason>> = {
  '0856': 'access_denied',
  '0755': 'error',
  '0654': 'provider_error',
  '0553': 'unknown',
  '0452': 'duplicate', // duplicated_transaction
  '0351': 'authentication_error', // auth_fatal_error
  '0250': 'authentication_unavailable', // unable_to_determine_3ds_enrolment
  '0149': 'authentication_enrolled', // card_is_3ds_enrolled
  '1248': 'authentication_not_enrolled', // card_is_not_3ds_enrolled
  '1147': 'do_not_honor', // issuer_decline
  '1046': 'authentication_failed', // client_auth_failed
  '0945': 'provider_error_permanent', // provider_fatal_error
  '0844': 'invalid_details',
  '0743': 'invalid_pin',
  '0642': 'fraud_suspected', // antifraud_error
  '0541': 'invalid_card',
  '0440': 'error_permanent', // fatal_error
  '0339': 'unresolved', // unable_to_reconcile
  '0238': 'invalid_amount',
  '0137': 'limit_exceeded', // limit_violation
  '1236': 'not_permitted', // functionality_is_not_permitted
  '1135': 'invalid_request',
  '1034': 'lost_or_stolen_card',
  '0933': 'declined',
  '0832': 'invalid_otp',
  '0731': 'invalid_authentication_code', // invalid_3ds_code
  '0630': 'invalid_card_status',
  '0529': 'insufficient_funds',
  '0428': 'card_expired',
  '0327': 'invalid_cvv',
  '0226': 'invalid_number', // invalid_pan
  '0125': 'provider_credentials_invalid', // invalid_credentials
}

/** The reason for every other expiry of a failing card: Corefy's general_fatal_error. */
export const ANY_OTHER_EXPIRY: Reason = 'general_error_permanent'
