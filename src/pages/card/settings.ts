import { failureField, failureOf, failureText } from '../failures.ts'
import { shows } from '../look.ts'
import { markInitials } from '../marks.ts'
import { textsFor } from '../text/catalogue.ts'
import type { PluralKey, TextKey, Texts } from '../text/catalogue.ts'
import { allowedLengths, brandTable } from './brands.ts'
import type { CardPageView } from './view.ts'
import type { CardAnswer, CardSettings } from './wire.ts'

/** The texts that the script of the page may show. */
const SCRIPT_TEXTS = [
  'paying', 'processing', 'still_processing', 'redirecting', 'offline', 'unexpected', 'failure_title', 'failure_declined', 'session_expired',
  'time_left', 'number_missing', 'number_incomplete', 'number_invalid', 'number_length', 'expiry_missing', 'expiry_invalid', 'expiry_past', 'expiry_far',
  'cvv_missing', 'cvv_invalid', 'cvv_invalid_any', 'cvv_hint', 'cvv_hint_back', 'cvv_hint_front', 'holder_missing', 'holder_invalid',
] as const satisfies readonly TextKey[]
/** What stands in place of a text when the card is only verified. */
const VERIFY_TEXTS: Readonly<Partial<Record<TextKey, TextKey>>> = { processing: 'verify_processing', failure_title: 'verify_failed_title' }
const SCRIPT_COUNTS = ['minutes_left', 'attempts_left', 'form_invalid'] as const satisfies readonly PluralKey[]

/** The time that is left is shown when it gets short. */
const COUNTER_FROM_S = 300

/** What the script of the page is told. */
export function cardSettings(view: CardPageView, texts: Texts): CardSettings {
  const now = view.now ?? new Date()
  return {
    submit_url: view.submit_url,
    status_url: view.status_url,
    test: view.test_mode ?? false,
    lengths: allowedLengths(view.card_number_length),
    expires_in_s: view.expires_at && Math.max(0, Math.floor((view.expires_at.getTime() - now.getTime()) / 1000)),
    counter_from_s: shows(view.look, 'counter') ? (view.counter_from_s ?? COUNTER_FROM_S) : 0,
    language: texts.language,
    brands: brandTable.map((brand) => [brand.type, brand.name, markInitials(brand.type), brand.lengths, brand.gaps, brand.code, brand.prefixes, brand.luhn ? 1 : 0]),
    texts: Object.fromEntries([...SCRIPT_TEXTS.map((key) => [key, texts.say(view.purpose === 'verify' ? (VERIFY_TEXTS[key] ?? key) : key)] as const), ...SCRIPT_COUNTS.flatMap((key) => Object.entries(texts.forms(key)))]),
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
