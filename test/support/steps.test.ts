import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { count, emptyTally, runNode } from './steps.ts'

const folder = mkdtempSync(join(tmpdir(), 'tender-steps-'))
afterAll(() => rmSync(folder, { recursive: true }))
const soon = (): number => Date.now() + 10_000

describe('counting', () => {
  const report = (...testResults: unknown[]): string => {
    const file = join(folder, 'report.json')
    writeFileSync(file, JSON.stringify({ testResults }))
    return file
  }
  const suite = (name: string, status: string, ...tests: string[]): unknown => ({
    name, status, assertionResults: tests.map((result, index) => ({ fullName: `test ${index}`, status: result })),
  })

  test('tests that passed and failed, over several reports', () => {
    const tally = emptyTally()
    expect(count(report(suite('a', 'failed', 'passed', 'failed'), suite('b', 'passed', 'passed')), tally)).toEqual({ total: 3, failed: 1 })
    expect(count(report(suite('c', 'passed', 'passed')), tally)).toEqual({ total: 1, failed: 0 })
    expect(tally).toMatchObject({ passed: 3, failed: 1 })
  })

  test('a file that could not be loaded is a failure', () => {
    const tally = emptyTally()
    count(report(suite('broken', 'failed')), tally)
    expect(tally).toMatchObject({ passed: 0, failed: 1 })
  })

  test('a test that one engine skips and the other runs was not left out', () => {
    const tally = emptyTally()
    count(report(suite('a', 'passed', 'skipped', 'todo')), tally)
    count(report(suite('a', 'passed', 'passed')), tally)
    expect([...tally.skipped].filter((name) => !tally.ran.has(name))).toEqual(['a > test 1'])
  })

  test('no report is no result', () => expect(count(join(folder, 'none.json'), emptyTally())).toBeUndefined())
})

describe('running', () => {
  test('the exit code and the output come back', async () => {
    const result = await runNode(['-e', 'console.log("out"); console.error("err"); process.exit(3)'], { quiet: true, deadline: soon() })
    expect(result).toEqual({ code: 3, output: expect.stringMatching(/out\n[^]*err\n|err\n[^]*out\n/) as string, timedOut: false })
  })

  test('the deadline ends what hangs', async () => {
    expect(await runNode(['-e', 'setInterval(() => {}, 1000)'], { quiet: true, deadline: Date.now() + 300 })).toMatchObject({ timedOut: true, code: undefined })
  })

  test('settings of a real installation do not reach the tests', async () => {
    for (const name of ['DATABASE_URL', 'PGHOST', 'TENDER_KEY', 'TENDER_TEST_ENGINE']) vi.stubEnv(name, 'x')
    const { output } = await runNode(['-p', 'Object.keys(process.env).filter((name) => process.env[name] === "x").join()'], { quiet: true, deadline: soon() })
    expect(output.trim()).toBe('TENDER_TEST_ENGINE')
  })
})
