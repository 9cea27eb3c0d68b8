import { html } from '../html.ts'
import type { Html } from '../html.ts'
import type { ServiceKind } from './view.ts'

const PATHS: Readonly<Record<ServiceKind, string>> = {
  card: 'M3 6.5h18v11H3zM3 10.5h18M6.5 14.5h4',
  bank: 'M3.5 9.5 12 4.5l8.5 5zM6 10v7M10 10v7M14 10v7M18 10v7M3.5 19.5h17',
  wallet: 'M4 7.5h14.5a1.5 1.5 0 0 1 1.5 1.5v8.5a1.5 1.5 0 0 1-1.5 1.5H5.5A1.5 1.5 0 0 1 4 17.5zM4 7.5l11-3v3M16 13.2v.1',
  cash: 'M3 7h18v10H3zM12 9.7a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 0 0 0-4.6M6 12v.1M18 12v.1',
  phone: 'M7.5 3.5h9v17h-9zM11 17.7h2',
  other: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M8.5 12v.1M12 12v.1M15.5 12v.1',
}

/** The sign of a way to pay, drawn by us. */
export function serviceSign(kind: ServiceKind | undefined): Html {
  return html`<svg class="sign" viewBox="0 0 24 24" aria-hidden="true" focusable="false" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"><path d="${PATHS[kind ?? 'other']}"/></svg>`
}
