/**
 * The test service's fields steer what becomes of a payout in test mode (Corefy reference: payouts, test service). Their
 * names are documented, their values are not; this is what they do here:
 *
 * | field                          | values                                                                        |
 * |--------------------------------|-------------------------------------------------------------------------------|
 * | test_details_payout_status     | `processed`, `process_failed`, or a status that stays open (`process_pending`); `partially_processed`: half of it arrives, where `options.allow_partially` lets it, else none |
 * | test_details_payout_resolution | a resolution code in either case: why it failed                               |
 * | test_details_success_rate      | 0 to 100: how many of a hundred payouts arrive, when no status is given       |
 */
import { isReason, REASONS, type Reason } from '../../../core/reasons.ts'
import { payoutResolutionWord } from '../resolutions.ts'
import type { StoredPayout } from './translate.ts'

/** Words to the sandbox for the fields of a test payout. `draw` is in [0, 100). */
export function testHints({ fields, options }: Pick<StoredPayout, 'fields' | 'options'>, draw: () => number): Readonly<Record<string, unknown>> {
  const status = textOf(fields['test_details_payout_status'])
  const resolution = textOf(fields['test_details_payout_resolution'])
  const rate = Number(textOf(fields['test_details_success_rate']) || 'NaN')
  if (status === 'processed') return { expected_bank_code: '00' }
  if (status === 'partially_processed' && options['allow_partially'] === true) return { expected_bank_code: '00', partial: true }
  if (status.endsWith('pending') || status === 'processing') return { expected_bank_code: 'P.9999' }
  const wantsFailure = status !== '' || (resolution !== '' && resolution !== 'ok')
  if (wantsFailure || (Number.isFinite(rate) && draw() >= rate)) return { expected_bank_code: reasonOf(resolution) }
  return Number.isFinite(rate) ? { expected_bank_code: '00' } : {}
}

const textOf = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value).trim().toLowerCase() : '')

/** The first reason that is shown as this resolution. */
function reasonOf(resolution: string): Reason {
  return Object.keys(REASONS).filter(isReason).find((reason) => payoutResolutionWord(reason) === resolution) ?? 'declined'
}
