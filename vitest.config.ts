import { defineConfig } from 'vitest/config'
import { dependentsOf, readGraph } from './test/support/imports.ts'

/**
 * Three kinds of tests, told apart by their suffix: `*.test.ts` (beside the code, and in test/), `*.crash.test.ts` (kill real server
 * processes), `*.browser.test.ts` (real Chromium). On PostgreSQL (TENDER_TEST_ENGINE=postgres) only those run that reach a database.
 */
const tests = process.env.TENDER_TEST_ENGINE === 'postgres' ? await testsWithDatabase() : ['src/**/*.test.ts', 'test/**/*.test.ts']

async function testsWithDatabase(): Promise<string[]> {
  const dependents = dependentsOf(await readGraph(import.meta.dirname), ['test/support/database.ts', 'test/support/postgres.ts'])
  return [...dependents].filter((file) => file.endsWith('.test.ts'))
}

const special = ['**/*.browser.test.ts', '**/*.crash.test.ts']
const only = (suffix: string): string[] => (tests[0]?.includes('*') ? [`{src,test}/**/*${suffix}`] : tests.filter((file) => file.endsWith(suffix)))
const shared = { exclude: ['**/node_modules/**', 'backoffice/**'] }

export default defineConfig({
  test: {
    globalSetup: ['test/support/prepare.ts'],
    pool: 'forks',
    maxWorkers: 2,
    passWithNoTests: true,
    allowOnly: !process.env.CI,
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
    projects: [
      // One process after another per file would start the embedded engine anew each time (a second); files share two processes instead.
      { test: { ...shared, name: 'unit', isolate: false, setupFiles: ['test/support/chance.ts'], include: tests, exclude: [...shared.exclude, ...special] } },
      { test: { ...shared, name: 'crash', include: only('.crash.test.ts'), testTimeout: 120_000 } },
      { test: { ...shared, name: 'browser', include: only('.browser.test.ts'), testTimeout: 60_000 } },
    ],
  },
})
