import { describe, expect, test } from 'vitest'
import { wrongImports } from './arrows.ts'
import { dependentsOf, graphOf, specifiersOf } from './imports.ts'

const judge = (sources: Record<string, string>): string[] => wrongImports(graphOf(sources), new Set(['pg', '@a/b']))

describe('reading imports', () => {
  test('every form of import is seen', () => {
    const source = [
      "import 'a'", "import b from 'b'", "import {\n  type C,\n  d,\n} from './c.ts'", "import type { E } from \"./e.ts\"",
      "export * from './f.ts'", "export { g } from './g.ts'", "const h = await import('./h.ts')", "let i: import('./i.ts').I",
      "export const from = 'not this'", "  // import x from 'nor-this'", " * import y from 'nor-that'", "export type T = 'x' | 'y'",
    ].join('\n')
    expect(specifiersOf(source)).toEqual(['a', 'b', './c.ts', './e.ts', './f.ts', './g.ts', './h.ts', './i.ts'])
  })

  test('a file depends on what its imports import', () => {
    const graph = graphOf({ 'a/a.ts': "import './b.ts'", 'a/b.ts': "import '../c.ts'", 'c.ts': '', 'd.ts': '' })
    expect([...dependentsOf(graph, ['c.ts'])].sort()).toEqual(['a/a.ts', 'a/b.ts', 'c.ts'])
  })
})

describe('the arrows', () => {
  const core = { 'src/core/money.ts': '', 'src/db/db.ts': '', 'src/providers/contract.ts': "import '../core/money.ts'" }

  test.each([
    ['down, one floor or more', { ...core, 'src/payments/service.ts': "import '../db/db.ts'\nimport '../core/money.ts'\nimport '../providers/contract.ts'" }],
    ['packages and Node itself', { 'src/db/open.ts': "import 'pg'\nimport '@a/b/sub'\nimport 'node:fs'" }],
    ['the sandbox to its book', { ...core, 'src/providers/sandbox/book.ts': "import '../contract.ts'\nimport '../../db/db.ts'" }],
    ['main to everybody', { 'src/main.ts': "import './apis/corefy/routes.ts'", 'src/apis/corefy/routes.ts': '' }],
    ['a test to test support', { 'src/db/open.test.ts': "import '../../test/support/database.ts'", 'test/support/database.ts': '' }],
  ])('allowed: %s', (_, sources) => expect(judge(sources)).toEqual([]))

  test.each([
    ['core to anything', { ...core, 'src/core/x.ts': "import type { Db } from '../db/db.ts'" }, 'core may not import db'],
    ['up', { 'src/ledger/a.ts': "import '../payments/b.ts'", 'src/payments/b.ts': '' }, 'ledger may not import payments'],
    ['API to API', { 'src/apis/fintoc/a.ts': "import '../corefy/b.ts'", 'src/apis/corefy/b.ts': '' }, 'apis/fintoc may not import apis/corefy'],
    ['the heart to a provider', { 'src/payments/a.ts': "import '../providers/sandbox/b.ts'", 'src/providers/sandbox/b.ts': '' }, 'payments may not import providers/sandbox'],
    ['a provider to the database', { ...core, 'src/providers/stripe/a.ts': "import '../../db/db.ts'" }, 'providers/stripe may not import db'],
    ['source to test', { 'src/db/a.ts': "import '../../test/support/b.ts'", 'test/support/b.ts': '' }, 'the server knows nothing of its tests'],
    ['a development package', { 'src/db/a.ts': "import 'vitest'" }, 'not a runtime dependency'],
    ['an unknown folder', { ...core, 'src/misc/a.ts': "import '../core/money.ts'" }, '"src/misc" has no place'],
    ['a circle of types', { 'src/db/a.ts': "import type { B } from './b.ts'", 'src/db/b.ts': "import type { A } from './a.ts'" }, 'a circle: src/db/a.ts → src/db/b.ts → src/db/a.ts'],
  ])('refused: %s', (_, sources, problem) => {
    const problems = judge(sources)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(problem)
  })
})
