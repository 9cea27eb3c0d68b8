/** What the pages of the alternative methods have in common. */
import type { BookRecord, Verdict } from '../book.ts'
import type { Language } from '../pages/words.ts'

/** What a page is shown for. */
export interface Visit {
  readonly record: BookRecord
  readonly language: Language
  /** The method as the payer reads it. */
  readonly owner: string
  readonly base_url: string
  readonly late_ms: number
  /** Whose visit it is, where a payer begins something and then decides. */
  readonly session?: string | undefined
}

/** What a posted form leads to: another look at the page with a complaint, the end, or a change with which the page goes on. */
export type Step =
  | { readonly kind: 'complain'; readonly text: string }
  | { readonly kind: 'conclude'; readonly verdict: Verdict }
  | { readonly kind: 'change'; readonly change: (record: BookRecord, now: Date) => BookRecord; readonly complaint?: (record: BookRecord) => string | undefined; readonly session?: string }

/** How the page is shown: alone, or made for somebody's frame. */
export function framing({ notes }: BookRecord): { compact: boolean; framed: boolean } {
  return { compact: notes.iframe === true, framed: notes.iframe === true }
}
