/**
 * Invoices and payouts that wait for a human (guide: `moderation_required`: "blocked for manual moderation"). Whether an account's do is a
 * setting, kept with each of them; the word is an operator's, by the command line (moderation.ts).
 */
import type { Payment } from '../../payments/model.ts'
import { isFinished } from '../../payments/decisions/state.ts'

/** Where a moderator's yes is kept: in `result.api`. */
export const ALLOWED = 'moderated'

/** Made while its kind was moderated. */
export const isModerated = (payment: Payment): boolean => payment.request['moderated'] === true

/** Blocked until a human decides. */
export const awaitsModerator = (payment: Payment): boolean => isModerated(payment) && payment.result.api?.[ALLOWED] !== true && !isFinished(payment.state)
