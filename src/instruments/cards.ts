import { redactCards } from '../core/redact.ts'
import { assert } from '../core/result.ts'
import type { CardData } from '../providers/contract.ts'
import type { CardSummary } from '../payments/model.ts'
import { versionOf, type Vault } from '../vault/seal.ts'
import type { Instrument, SealedInstrument } from './store.ts'

/** The name of the row that a card is sealed for. */
export const cardContext = (merchant_id: string, id: string): string => `instrument:${merchant_id}:${id}`

/** What may be shown of a card; the brand is the field's word for it, or null. Payers type their number into the wrong field: there it is masked. */
export function summaryOf(card: CardData, brand: string | null): CardSummary {
  const holder = card.holder === undefined ? null : redactCards(card.holder)
  return { first6: card.number.slice(0, 6), last4: card.number.slice(-4), length: card.number.length, brand, holder, exp_month: card.exp_month, exp_year: card.exp_year }
}

/** An instrument row for a card, sealed. The CVV is left out: it is never stored. */
export function sealCard(vault: Vault, card: CardData, row: { merchant_id: string; id: string; customer_id: string | null; summary: CardSummary; remembered: boolean; usable: boolean; now: Date }): Instrument {
  const plain = Buffer.from(JSON.stringify({ number: card.number, exp_month: card.exp_month, exp_year: card.exp_year, holder: card.holder ?? null }))
  const sealed = vault.seal(plain, cardContext(row.merchant_id, row.id))
  plain.fill(0)
  return {
    merchant_id: row.merchant_id, id: row.id, customer_id: row.customer_id, kind: 'card', sealed, key_version: versionOf(sealed) ?? null,
    fingerprint: vault.fingerprint(card.number, row.merchant_id), summary: row.summary, remembered: row.remembered, usable: row.usable, created_at: row.now, updated_at: row.now,
  }
}

/** The card of an instrument, to be sent to a provider. Throws when the vault cannot open it: keys are missing, or the row was tampered with. */
export async function openCard(vault: Vault, instrument: SealedInstrument, cvv: string | undefined): Promise<CardData> {
  assert(instrument.kind === 'card' && instrument.sealed !== null, `instrument ${instrument.id} holds no card`)
  const opened = await vault.open(instrument.sealed, cardContext(instrument.merchant_id, instrument.id))
  if (!opened.ok) throw new Error(`the vault cannot open instrument ${instrument.id}: ${opened.error}`)
  const card = JSON.parse(Buffer.from(opened.value).toString()) as { number: string; exp_month: number; exp_year: number; holder: string | null }
  return { type: 'card', number: card.number, exp_month: card.exp_month, exp_year: card.exp_year, holder: card.holder ?? undefined, cvv }
}
