/**
 * The test command: types, lint and arrows, then every test on the embedded engine, those that use a database again on a real PostgreSQL,
 * and the browser tests in a real Chromium. What cannot start has failed; nothing is left out. The last line is "N passed, N failed".
 *
 *     npm test                                    everything
 *     npm test -- src/ledger money                only test files whose path contains one of these, on the embedded engine
 *     npm test -- --engine postgres src/ledger    the same on PostgreSQL
 *     npm test -- --checks                        only types, lint and arrows
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { prepareBrowser } from './support/browser.ts'
import { check, emptyTally, root, vitest, type Tally } from './support/steps.ts'

const { values: options, positionals: filters } = parseArgs({
  allowPositionals: true,
  options: { engine: { type: 'string' }, checks: { type: 'boolean', default: false } },
})

/** A run that hangs must end with a sentence, not with the patience of whoever waits for it. */
const deadline = Date.now() + Number(process.env.TENDER_TEST_MINUTES ?? 20) * 60_000
const tally = emptyTally()

const partial = filters.length > 0 || options.engine !== undefined
if (!partial) await staticChecks(tally)
if (partial) await vitest('chosen tests', options.engine ?? 'pglite', filters, tally, deadline)
else if (!options.checks) await everything(tally)

report(tally)

async function staticChecks(tally: Tally): Promise<void> {
  const configs = ['tsconfig.json', 'tsconfig.browser.json', 'tsconfig.test.json', 'backoffice/tsconfig.json'].filter((file) => existsSync(join(root, file)))
  await Promise.all([
    check('types', configs.map((file) => ['node_modules/typescript/bin/tsc', '--noEmit', '-p', file]), tally, deadline),
    check('lint', [['node_modules/oxlint/bin/oxlint']], tally, deadline),
    check('arrows', [['test/support/arrows.ts']], tally, deadline),
  ])
}

async function everything(tally: Tally): Promise<void> {
  const kinds = ['--project=unit', '--project=crash']
  await vitest('tests on the embedded engine', 'pglite', kinds, tally, deadline)
  await vitest('database tests on PostgreSQL', 'postgres', kinds, tally, deadline)
  try {
    await prepareBrowser()
    await vitest('browser tests', 'pglite', ['--project=browser'], tally, deadline)
  } catch (error) {
    tally.failed += 1
    console.log(`\n✗ browser tests: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function report({ passed, failed, skipped, ran }: Tally): void {
  const never = [...skipped].filter((name) => !ran.has(name))
  for (const name of never) console.log(`✗ skipped: ${name.replace(`${root}/`, '')}`)
  const bad = partial ? failed : failed + never.length
  if (passed + bad === 0) console.log('no test ran')
  console.log(`\n${passed} passed, ${bad} failed`)
  process.exitCode = bad > 0 || passed === 0 ? 1 : 0
}
