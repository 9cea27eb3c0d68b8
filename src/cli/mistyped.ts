/** Names in the environment that look like settings and are none. Nothing would tell otherwise that `TENDER_DEMOS=off` turns nothing off. */
import { SETTINGS, VAULT_SETTINGS } from '../config.ts'

const NAMES: readonly string[] = [...Object.values(SETTINGS), ...VAULT_SETTINGS].map(({ name }) => name)

/** So many slips of the finger still leave a name to be recognized. */
const SLIPS_MAX = 3

/**
 * One sentence for each, without its value: it may be a key. They stop no start, because a platform may put its own there: for a service
 * called "tender", Kubernetes sets `TENDER_SERVICE_HOST`.
 */
export function mistypedSettings(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.keys(env).filter(isMistyped).sort().map((name) => {
    const meant = closest(name)
    return `${name} is no setting, and is passed over${meant === undefined ? '; docs/settings.md lists all.' : `: is ${meant} meant?`}`
  })
}

/** Those of the tests are the tests' own. */
const isMistyped = (name: string): boolean => /^TENDER_/i.test(name) && !name.startsWith('TENDER_TEST_') && !NAMES.includes(name)

/** What makes the difference: some settings have the prefix, and some do not. */
const core = (name: string): string => name.toUpperCase().replace(/^TENDER_/, '').replaceAll('_', '')

function closest(name: string): string | undefined {
  const scored = NAMES.map((known) => ({ known, slips: slipsBetween(core(name), core(known)) })).sort((a, b) => a.slips - b.slips)
  const best = scored[0]
  // Of a short name, three letters are most of it.
  return best !== undefined && best.slips <= Math.min(SLIPS_MAX, core(best.known).length / 3) ? best.known : undefined
}

/** Letters to add, drop or replace, so that one becomes the other. */
function slipsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length] ?? 0
}
