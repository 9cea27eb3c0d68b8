import { failureField, failureOf, failureText } from '../failures.ts'
import { markInitials } from '../marks.ts'
import { textsFor } from '../text/catalogue.ts'
import type { TextKey, Texts } from '../text/catalogue.ts'
import { allowedLengths, brandTable } from './brands.ts'
import type { CardPageView } from './view.ts'
import type { CardAnswer, CardSettings } from './wire.ts'

/** The texts that the script of the page may show. */
const SCRIPT_TEXTS = [
  'paying', 'processing', 'still_processing', 'redirecting', 'offline', 'unexpected', 'failure_title', 'failure_declined', 'session_expired',
  'time_left', 'minutes_left_one', 'minutes_left_other', 'attempts_left_one', 'attempts_left_other', 'form_invalid_one', 'form_invalid_other',
  'number_missing', 'number_incomplete', 'number_invalid', 'number_length', 'expiry_missing', 'expiry_invalid', 'expiry_past', 'expiry_far',
  'cvv_missing', 'cvv_invalid', 'cvv_invalid_any', 'cvv_hint', 'cvv_hint_back', 'cvv_hint_front', 'holder_missing', 'holder_invalid',
] as const satisfies readonly TextKey[]

/** What the script of the page is told. */
export function cardSettings(view: CardPageView, texts: Texts): CardSettings {
  const now = view.now ?? new Date()
  return {
    submit_url: view.submit_url,
    status_url: view.status_url,
    test: view.test_mode ?? false,
    lengths: allowedLengths(view.card_number_length),
    expires_in_s: view.expires_at && Math.max(0, Math.floor((view.expires_at.getTime() - now.getTime()) / 1000)),
    language: texts.language,
    brands: brandTable.map((brand) => [brand.type, brand.name, markInitials(brand.type), brand.lengths, brand.gaps, brand.code, brand.prefixes, brand.luhn ? 1 : 0]),
    texts: Object.fromEntries(SCRIPT_TEXTS.map((key) => [key, texts.say(key)])),
  }
}

/** The answer to the script after a decline, in the payer's language, from the canonical reason. */
export function declinedAnswer(reason: string, attemptsLeft: number | undefined, language: string | undefined): CardAnswer {
  const failure = failureOf(reason)
  const field = failureField(failure)
  return {
    status: 'declined',
    reason,
    message: textsFor(language).say(failureText(failure)),
    ...(attemptsLeft !== undefined && { attempts_left: attemptsLeft }),
    ...(field !== undefined && { field }),
  }
}
