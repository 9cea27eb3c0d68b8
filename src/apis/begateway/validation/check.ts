/**
 * Table-driven validation. The nested `errors` object with its phrases is part of the wire, so a schema library's own words would be
 * wrong here: a table of fields says what each must be, and the outcome is a list of (path, phrase) that is nested for the answer.
 */
import { at, type Body } from './body.ts'

/** One thing wrong with one field; `base` is the path of what concerns no single field. */
export interface Problem {
  readonly path: string
  readonly phrase: string
}

/** Looks at a value that is there, and at the rest of the request where that decides; answers the phrase when it is wrong. */
export type Rule = (value: unknown, root?: Body) => string | undefined

/** One row of a table of fields. */
export interface Field {
  readonly path: string
  /** Whether it must be there, always or depending on the rest of the request. */
  readonly required?: boolean | ((root: Body) => boolean)
  /** The first rule that finds something wrong is told. */
  readonly rules: readonly Rule[]
}

/** How a kind of path words absence: `is missing` on /beyag (dry-validation), `can't be blank` on the card gateway (beGateway reference 6). */
export type Absence = 'is missing' | "can't be blank"

/** Checks a body against a table. Members that the table does not name are tolerated, as null and empty text are. */
export function check(root: Body, fields: readonly Field[], absence: Absence): Problem[] {
  const problems: Problem[] = []
  for (const field of fields) {
    if (problems.some((problem) => field.path.startsWith(`${problem.path}.`))) continue
    const value = at(root, field.path)
    if (value === undefined || value === '') {
      const needed = typeof field.required === 'function' ? field.required(root) : field.required === true
      if (needed) problems.push({ path: field.path, phrase: value === '' ? "can't be blank" : absence })
      continue
    }
    const phrase = firstPhrase(field.rules, value, root)
    if (phrase !== undefined) problems.push({ path: field.path, phrase })
  }
  return problems
}

function firstPhrase(rules: readonly Rule[], value: unknown, root: Body): string | undefined {
  for (const rule of rules) {
    const phrase = rule(value, root)
    if (phrase !== undefined) return phrase
  }
  return undefined
}

/** A nested tree of phrases, as it goes over the wire. */
export type ErrorTree = { [name: string]: string[] | ErrorTree }

/** `[{path: 'a.b', phrase}]` becomes `{a: {b: [phrase]}}`. */
export function nest(problems: readonly Problem[]): ErrorTree {
  const tree: ErrorTree = {}
  for (const { path, phrase } of problems) {
    const names = path.split('.')
    const last = names.pop() ?? 'base'
    let branch = tree
    for (const name of names) {
      const next = branch[name]
      branch = next !== undefined && !Array.isArray(next) ? next : (branch[name] = {})
    }
    const leaf = branch[last]
    if (Array.isArray(leaf)) leaf.push(phrase)
    else branch[last] = [phrase]
  }
  return tree
}

/**
 * Every problem as a sentence, "<Field> <phrase>.", joined by spaces (beGateway reference 6, shape B: "Currency can't be blank.
 * Amount must be greater than 0."). A field inside a section is named by its last word; `base` phrases have no name in front, and
 * one alone is the message as it is: "Duplicate transaction" (reference 1.2).
 */
export function sentences(problems: readonly Problem[]): string {
  const [first, ...others] = problems
  if (first?.path === 'base' && others.length === 0) return first.phrase
  return problems
    .map(({ path, phrase }) => {
      const name = path.split('.').at(-1) ?? ''
      const text = name === 'base' ? phrase : `${humanize(name)} ${phrase}`
      return /[.!?]$/.test(text) ? text : `${text}.`
    })
    .join(' ')
}

function humanize(name: string): string {
  const words = name.replace(/_/g, ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
