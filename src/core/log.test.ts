import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createLogger, currentRequestId, logLevel, withRequestId, type LogLevel } from './log.ts'

function logged(level?: LogLevel): { log: ReturnType<typeof createLogger>; lines: string[]; records: () => Record<string, unknown>[] } {
  const lines: string[] = []
  const log = createLogger({ ...(level === undefined ? {} : { level }), write: (line) => lines.push(line) })
  return { log, lines, records: () => lines.map((line) => JSON.parse(line)) }
}

describe('the log', () => {
  it('writes one line of JSON per call', () => {
    const { log, lines, records } = logged()
    log.info({ payment: 'pi_1' }, 'succeeded')
    expect(lines[0]).toMatch(/\n$/)
    expect(records()[0]).toEqual({ level: 'info', time: expect.stringMatching(/^\d{4}-.*Z$/), pid: process.pid, payment: 'pi_1', msg: 'succeeded' })
  })

  it('keeps card numbers and secrets out, however they get there', () => {
    const { log, lines, records } = logged()
    log.info('charging 4242 4242 4242 4242 cvv=0917')
    log.info({ card: { number: '4242424242424242', cvv: '0917' }, body: '{"cvv":"0917"}' })
    log.info({ url: '/pay?number=4242424242424242&cvv=0917' })
    log.child({ token: 'tok_0917' }).warn('child')
    const cause = new Error('cause: 4242-4242-4242-4242')
    const error = Object.assign(new Error('declined 4242424242424242', { cause }), { detail: 'Key (cvv)=(0917)', card: { cvv: 917 } })
    log.error(error)
    log.error({ err: error }, 'failed')
    log.error({ error, cause }, 'failed')
    log.error('%s and %j', '4242424242424242', { cvv: '0917' })
    expect(records()).toHaveLength(8)
    expect(lines.join('')).not.toMatch(/4242.?4242|0917|917/)
    expect(lines.join('')).toContain('424242******4242')
    expect(JSON.stringify(records()[6])).toContain('log.test.ts')
  })

  it('puts the request id into every line of a request', async () => {
    const { log, records } = logged()
    await Promise.all(
      ['a', 'b'].map((id) =>
        withRequestId(id, async () => {
          await sleep(5)
          expect(currentRequestId()).toBe(id)
          log.info({ id }, 'inside')
          setImmediate(() => log.info({ id }, 'later'))
        }),
      ),
    )
    await sleep(5)
    log.info('outside')
    expect(records().slice(0, 4).every((record) => record['request_id'] === record['id'])).toBe(true)
    expect(records()[4]).not.toHaveProperty('request_id')
  })

  it('takes its level from the environment', () => {
    expect(logLevel({})).toBe('info')
    expect(logLevel({ LOG_LEVEL: 'Debug' })).toBe('debug')
    expect(logLevel({ LOG_LEVEL: 'loud' })).toBe('info')
    const { log, lines } = logged('error')
    log.warn('x')
    expect(lines).toEqual([])
    logged('silent').log.fatal('x')
  })
})

describe('standard output', () => {
  it('has every line, also when the process ends at once', () => {
    const code = `
      import { createLogger } from ${JSON.stringify(new URL('./log.ts', import.meta.url).href)}
      const log = createLogger()
      for (let i = 0; i < 2000; i++) log.info({ card: '4242424242424242' }, 'line')
      process.exit(3)`
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(status).toBe(3)
    expect(stdout.trim().split('\n')).toHaveLength(2000)
    expect(stdout).not.toContain('4242424242424242')
  })
})
