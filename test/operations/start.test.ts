/** What cannot start says why in one sentence on standard error, ends with a code other than 0, and leaves nothing behind. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fakePostgres } from './old-postgres.ts'
import { expectSentence, occupiedPort, runTender } from './process.ts'

let scratch: string
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'tender-start-'))
})
afterAll(() => rm(scratch, { recursive: true, force: true }))

let count = 0
const folder = (): string => join(scratch, `data-${++count}`)

describe('a start that fails', () => {
  it('names the port that is in use, before it opens anything', async () => {
    const { port, close } = await occupiedPort()
    const data = folder()
    expectSentence(await runTender(['start'], { TENDER_DATA: data, PORT: String(port) }), new RegExp(`^Port ${port} is in use: stop what uses it, or set PORT to another one\\.\n$`))
    await expect(readdir(data)).rejects.toThrow('ENOENT')
    await close()
  })

  it('says that the machine has no such address', async () => {
    expectSentence(await runTender(['start'], { TENDER_DATA: folder(), PORT: '0', HOST: '203.0.113.7' }), /^HOST is 203\.0\.113\.7, and this machine has no such address\.\n$/)
  })

  it('says that the folder cannot be used', async () => {
    const file = join(scratch, 'file')
    await writeFile(file, '')
    expectSentence(await runTender(['start'], { TENDER_DATA: file, PORT: '0' }), /^The data folder .*file cannot be used \(/)
    expectSentence(await runTender(['start'], { TENDER_DATA: join(file, 'below'), PORT: '0' }), /^The data folder .*below cannot be used \(ENOTDIR\)/)
  })

  it('says that the folder cannot be made where nobody may write', async () => {
    // In /proc, Node's own recursive mkdir never returns.
    for (const data of ['/sys/tender', '/proc/tender']) {
      expectSentence(await runTender(['start'], { TENDER_DATA: data, PORT: '0' }), new RegExp(`^The data folder ${data} cannot be used \\(E[A-Z]+\\): make it a folder that this user can write, or choose another with TENDER_DATA\\.\n$`))
    }
  })

  it.each([
    ['PORT', 'http', 'PORT must be a whole number from 0 to 65535.'],
    ['PORT', '80800', 'PORT must be a whole number from 0 to 65535.'],
    ['PORT', '1e3', 'PORT must be a whole number from 0 to 65535.'],
    ['HOST', 'not a host', 'HOST must be an address or a host name.'],
    ['TENDER_PUBLIC_URL', 'pay.example', 'TENDER_PUBLIC_URL must be a URL that starts with http:// or https://.'],
    ['DATABASE_URL', 'mysql://root:secret@db/tender', 'DATABASE_URL must be a URL that starts with postgres:// or postgresql://.'],
    ['TENDER_DEMO', 'maybe', 'TENDER_DEMO must be on or off.'],
    ['TENDER_HOSTS', 'corefy', 'TENDER_HOSTS must be like "corefy=pay.example,fintoc=api.example".'],
    ['TENDER_HOSTS', 'nobody=pay.example', 'TENDER_HOSTS names "nobody"; the APIs are corefy, fintoc, begateway.'],
    ['LOG_LEVEL', 'loud', 'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent.'],
  ])('says what %s=%s should be', async (name, value, sentence) => {
    const ended = await runTender(['start'], { TENDER_DATA: folder(), PORT: '0', [name]: value })
    expectSentence(ended, /./)
    expect(ended.stderr).toBe(`${sentence}\n`)
  })

  it('says that there is no server at DATABASE_URL', async () => {
    const { port, close } = await occupiedPort()
    await close()
    const ended = await runTender(['start'], { TENDER_DATA: folder(), PORT: '0', DATABASE_URL: `postgres://shop:secret-of-the-shop@127.0.0.1:${port}/tender` })
    expectSentence(ended, /^The PostgreSQL server of DATABASE_URL cannot be used: connect ECONNREFUSED .*\.\n$/)
    expect(ended.stderr).not.toContain('secret-of-the-shop')
  })

  it('says that the user of DATABASE_URL is refused', async () => {
    const { url, close } = await fakePostgres(undefined)
    const ended = await runTender(['start'], { TENDER_DATA: folder(), PORT: '0', DATABASE_URL: url })
    expectSentence(ended, /^The PostgreSQL server of DATABASE_URL cannot be used: password authentication failed for user "shop"\.\n$/)
    close()
  })

  it('says that PostgreSQL is too old', async () => {
    const { url, close } = await fakePostgres(140_011)
    expectSentence(await runTender(['start'], { TENDER_DATA: folder(), PORT: '0', DATABASE_URL: url }), /^The PostgreSQL server of DATABASE_URL cannot be used: PostgreSQL 15 or newer is needed\.\n$/)
    close()
  })

  it('refuses a master key that is none', async () => {
    const data = folder()
    expectSentence(await runTender(['start'], { TENDER_DATA: data, PORT: '0', TENDER_MASTER_KEY: 'short' }), /^TENDER_MASTER_KEY must be base64 of 32 bytes/)
  }, 60_000)

  it('takes no arguments, and knows its commands', async () => {
    expect(await runTender(['start', '--port', '1'])).toMatchObject({ code: 2, stderr: expect.stringContaining('takes no arguments') as string })
    expect(await runTender(['strat'])).toMatchObject({ code: 2, stderr: 'There is no command "strat". "tender help" lists the commands.\n' })
    expect(await runTender(['keys'])).toMatchObject({ code: 2, stderr: 'There is no command "keys", but "keys rotate". "tender help" lists the commands.\n' })
    // A word too many is not passed over: it may be the second half of what should have been in quotes.
    expect(await runTender(['refunds', 'paid', 'rfd_1', 'twice'], { TENDER_DATA: folder() })).toMatchObject({ code: 2, stderr: '"tender refunds paid" takes only: refund id; "twice" is too much. "tender help" lists the commands.\n' })
    expect(await runTender(['audit', '--fast'])).toMatchObject({ code: 2, stderr: expect.stringContaining("'--fast'") as string })
    expect((await runTender(['help'])).stdout).toContain('tender start')
  })

  it('names a setting that is mistyped, to every command', async () => {
    expect(await runTender(['demo', '--json'], { TENDER_DEMOS: 'off', TENDER_DATA: folder() })).toMatchObject({ code: 0, stderr: 'TENDER_DEMOS is no setting, and is passed over: is TENDER_DEMO meant?\n' })
  })

  it('under an older Node hands on the flags that it was given to the Node that does the work', async () => {
    const look = `if (process.env.TENDER_TEST_SECOND) console.log('came along'); else { process.env.TENDER_TEST_SECOND = '1'; Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.0.0' } }) }`
    expect((await runTender(['help'], {}, ['--import', `data:text/javascript,${encodeURIComponent(look)}`])).stdout).toMatch(/^came along\ntender: /)
  })
})
