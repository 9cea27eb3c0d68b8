/**
 * The arrows of the house: who may import whom. `npm test` fails on a wrong import, also on one of a type only.
 *
 *     main, cli → apis/*, pages → payments, refunds, rescue → the domains below them → db → core
 *
 * An arrow may skip a floor but never point up. On one floor the domains may know each other, as long as no circle forms; an API never
 * knows another API, and a provider knows the contract and `core` alone. Test files may import anything, except in a circle.
 *
 * Run alone: `node test/support/arrows.ts`.
 */
import { readFile } from 'node:fs/promises'
import { cyclesIn, readGraph, type ImportGraph } from './imports.ts'

/** The parts that a merchant's data is made of, on one floor. */
const domains = ['idempotency', 'ledger', 'events', 'webhooks', 'vault', 'sessions', 'risk', 'customers', 'merchants', 'instruments', 'contract', 'routing', 'model']
const heart = ['payments', 'decisions', 'refunds', 'rescue']
const below = ['core', 'db', ...domains]

/**
 * Part → the parts it may import (its own files are always allowed). `api` and `provider` stand for each folder below src/apis and
 * src/providers on its own: another one of the kind is not "its own".
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: [],
  db: ['core'],
  ...Object.fromEntries(domains.map((part) => [part, ['core', 'db', ...domains]])),
  contract: ['core'],
  provider: ['core', 'contract'],
  sandbox: ['core', 'contract', 'db'],
  ...Object.fromEntries(heart.map((part) => [part, [...below, ...heart]])),
  // Pure: no database, no wire, no vault.
  decisions: ['core', 'model', 'ledger', 'events', 'contract', 'payments'],
  pages: [...below, ...heart, 'apis/common'],
  'apis/common': [...below, ...heart, 'pages'],
  api: [...below, ...heart, 'pages', 'apis/common'],
  config: ['core'],
}

/** The part that a source file belongs to, and the rule that holds for it. `undefined` rule: may import everything. */
export function partOf(file: string): { part: string; rule: string } {
  const [, first = '', second = '', third] = file.split('/')
  const same = (part: string, rule = part): { part: string; rule: string } => ({ part, rule })
  if (first === 'main.ts' || first === 'cli') return same('main')
  if (first === 'config.ts') return same('config')
  // What a payment is, as types: the domains that store, deliver and post it know them too.
  if (first === 'payments' && second === 'model.ts') return same('model')
  if (first === 'payments' && second === 'decisions') return same('decisions')
  if (first === 'apis') return second === 'common' ? same('apis/common') : same(`apis/${second}`, 'api')
  if (first !== 'providers') return same(first)
  if (third === undefined) return second.startsWith('routing') ? same('routing') : same('contract')
  if (second === 'routing') return same('routing')
  return same(`providers/${second}`, second === 'sandbox' ? 'sandbox' : 'provider')
}

const isTest = (file: string): boolean => file.endsWith('.test.ts') || file.startsWith('test/')

/** Every wrong import, as a sentence. `packages` are the runtime dependencies; the sources of the server may use no others. */
export function wrongImports(graph: ImportGraph, packages: ReadonlySet<string>): string[] {
  const wrong: string[] = []
  for (const [file, imports] of graph) {
    if (isTest(file)) continue
    for (const target of imports) {
      const problem = judge(packages, file, target)
      if (problem) wrong.push(`${file} → ${target}: ${problem}`)
    }
  }
  return [...wrong, ...cyclesIn(graph).map((cycle) => `a circle: ${cycle.join(' → ')}`)]
}

function judge(packages: ReadonlySet<string>, file: string, target: string): string | undefined {
  if (target.startsWith('node:')) return undefined
  if (isTest(target)) return 'the server knows nothing of its tests'
  if (!target.startsWith('src/')) {
    if (/^[a-z]+\//.test(target) || target.startsWith('../')) return 'outside of src'
    return packages.has(target) ? undefined : 'not a runtime dependency of package.json'
  }
  const from = partOf(file)
  if (from.rule !== 'main' && allowed[from.rule] === undefined) return `"src/${from.part}" has no place in the table of test/support/arrows.ts`
  const to = partOf(target)
  if (from.part === to.part || from.rule === 'main') return undefined
  return allowed[from.rule]?.includes(to.part) ? undefined : `${from.part} may not import ${to.part}`
}

/** Judges the repository. */
export async function checkArrows(root: string): Promise<string[]> {
  const { dependencies } = JSON.parse(await readFile(`${root}/package.json`, 'utf8')) as { dependencies: Record<string, string> }
  return wrongImports(await readGraph(root), new Set(Object.keys(dependencies)))
}

if (import.meta.main) {
  const problems = await checkArrows(process.cwd())
  for (const problem of problems) console.error(problem)
  process.exitCode = problems.length > 0 ? 1 : 0
}
