import type { PageStep } from './layout.ts'
import type { Look, Theme } from './look.ts'

/** What every page may be told about how it is shown. */
export interface BasicView {
  readonly language?: string | undefined
  readonly theme?: Theme | undefined
  readonly look?: Look | undefined
  /** Origins that may frame the page; none by default. */
  readonly frame_ancestors?: readonly string[] | undefined
}

/** The same for the pages of a payment. */
export interface PaymentPageView extends BasicView {
  readonly test_mode?: boolean | undefined
  /** True for our own name, or the name to show. */
  readonly powered_by?: boolean | string | undefined
  /** The step of a checkout that this page is. */
  readonly step?: PageStep | undefined
}
