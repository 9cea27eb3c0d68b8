/** The payer's name and address, with the limits of the guide: below `customer`, or `billing_address` on the card gateway. */
import { at, textAt, type Body } from './body.ts'
import type { Field, Problem } from './check.ts'
import { country, textUpTo, usZip } from './rules.ts'

/** The section's members that name somebody and where they live. */
export function addressFields(section: string): readonly Field[] {
  return [
    { path: `${section}.first_name`, rules: textUpTo(60) },
    { path: `${section}.last_name`, rules: textUpTo(60) },
    { path: `${section}.country`, rules: [country] },
    { path: `${section}.state`, rules: textUpTo(40) },
    { path: `${section}.city`, rules: textUpTo(120) },
    { path: `${section}.zip`, rules: textUpTo(40) },
    { path: `${section}.address`, rules: textUpTo(510) },
    { path: `${section}.phone`, rules: textUpTo(200) },
  ]
}

/** The zip of an address in the US has a shape of its own (guide). */
export function zipProblems(root: Body, section: string): Problem[] {
  const zip = at(root, `${section}.zip`)
  const is_wrong = textAt(root, `${section}.country`) === 'US' && zip !== undefined && usZip(zip) !== undefined
  return is_wrong ? [{ path: `${section}.zip`, phrase: 'is invalid' }] : []
}
