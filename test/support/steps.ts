/** The steps of the test command: running one, and counting what it found. */
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')

export interface Tally {
  passed: number
  failed: number
  /** Names of tests that were skipped, and of those that ran: a test may skip one engine, but not all of them. */
  skipped: Set<string>
  ran: Set<string>
}

export const emptyTally = (): Tally => ({ passed: 0, failed: 0, skipped: new Set(), ran: new Set() })

export interface Finished {
  /** Exit code; undefined when a signal ended it. */
  code: number | undefined
  output: string
  timedOut: boolean
}

const running = new Set<ReturnType<typeof spawn>>()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    for (const child of running) child.kill(signal)
    process.exit(130)
  })
}

/** Runs a command of node_modules under this Node until it ends, or until the deadline ends it. */
export function runNode(args: readonly string[], options: { quiet: boolean; deadline: number; env?: NodeJS.ProcessEnv }): Promise<Finished> {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...cleanEnvironment(), ...options.env },
    stdio: options.quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
  })
  running.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => void (output += chunk.toString()))
  let timedOut = false
  const timers = [5_000, 0].map((grace) =>
    setTimeout(() => {
      timedOut = true
      child.kill(grace === 0 ? 'SIGTERM' : 'SIGKILL')
    }, Math.max(options.deadline - Date.now(), 0) + grace),
  )
  return new Promise((resolve) => {
    const end = (code: number | null, problem = ''): void => {
      timers.forEach(clearTimeout)
      running.delete(child)
      resolve({ code: code ?? undefined, output: output + problem, timedOut })
    }
    child.once('error', (error) => end(null, String(error))).once('close', (code) => end(code))
  })
}

/** The environment without settings of a real installation: a test run must never find somebody's database. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const real = (name: string): boolean => /^(DATABASE_URL$|PG[A-Z]+$|TENDER_(?!TEST_))/.test(name)
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !real(name)))
}

/** A check that passes or fails as one; it stays silent when it passes. */
export async function check(name: string, commands: readonly (readonly string[])[], tally: Tally, deadline: number): Promise<void> {
  const results = await Promise.all(commands.map((args) => runNode(args, { quiet: true, deadline })))
  const bad = results.filter((result) => result.code !== 0)
  tally[bad.length > 0 ? 'failed' : 'passed'] += 1
  console.log(bad.length > 0 ? `✗ ${name}\n${bad.map((result) => result.output.trimEnd()).join('\n')}` : `✓ ${name}`)
}

interface VitestReport {
  testResults: { name: string; status: string; assertionResults: { fullName: string; status: string }[] }[]
}

/** One vitest run; adds its tests to the tally. */
export async function vitest(title: string, engine: string, args: readonly string[], tally: Tally, deadline: number): Promise<void> {
  console.log(`\n── ${title}`)
  const file = join(root, 'test-output', `report-${title.replaceAll(/\W+/g, '-')}.json`)
  mkdirSync(join(root, 'test-output'), { recursive: true })
  rmSync(file, { force: true })
  const command = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...args]
  const { code, timedOut } = await runNode(command, { quiet: false, deadline, env: { TENDER_TEST_ENGINE: engine } })
  const counted = count(file, tally)
  const problem = timedOut ? 'the time for the test run is over'
    : counted === undefined ? 'vitest could not start, or ended without a report'
    : counted.total === 0 ? 'no test ran'
    : code !== 0 && counted.failed === 0 ? 'an error happened outside of the tests'
    : undefined
  if (problem === undefined) return
  tally.failed += 1
  console.log(`✗ ${title}: ${problem}`)
}

/** Reads the report of one run; undefined when there is none. */
export function count(file: string, tally: Tally): { total: number; failed: number } | undefined {
  let report: VitestReport
  try {
    report = JSON.parse(readFileSync(file, 'utf8')) as VitestReport
  } catch {
    return undefined
  }
  let total = 0
  let failed = 0
  for (const suite of report.testResults) {
    for (const test of suite.assertionResults) {
      const name = `${suite.name} > ${test.fullName}`
      if (test.status !== 'passed' && test.status !== 'failed') tally.skipped.add(name)
      else {
        tally.ran.add(name)
        total += 1
        if (test.status === 'failed') failed += 1
      }
    }
    // A file that could not be loaded has no tests to report.
    if (suite.status === 'failed' && !suite.assertionResults.some((test) => test.status === 'failed')) {
      total += 1
      failed += 1
    }
  }
  tally.passed += total - failed
  tally.failed += failed
  return { total, failed }
}
