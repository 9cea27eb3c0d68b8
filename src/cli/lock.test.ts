import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockDataFolder } from './lock.ts'

let folder: string
const children: ChildProcess[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tender-lock-'))
})
afterEach(async () => {
  await Promise.all(children.splice(0).map(kill))
  await rm(folder, { recursive: true, force: true })
})

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** Another process that locks the folder, says how it went, and stays. */
async function contender(): Promise<{ child: ChildProcess; said: string }> {
  const code = `
    import { lockDataFolder } from ${JSON.stringify(new URL('./lock.ts', import.meta.url).href)}
    const lock = await lockDataFolder(${JSON.stringify(folder)})
    console.log(lock.ok ? 'locked' : lock.error)
    setInterval(() => lock, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  let errors = ''
  child.stderr.on('data', (part) => (errors += String(part)))
  const [said] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => [errors])])
  expect(errors).toBe('')
  return { child, said: String(said).trim() }
}

describe('the lock of the data folder', () => {
  it('lets one process in and names it to the next', async () => {
    const lock = await lockDataFolder(folder)
    expect(lock.ok).toBe(true)
    const { said } = await contender()
    expect(said).toBe(`The data folder ${folder} is in use by another Tender process (pid ${process.pid}): stop it, or choose another folder with TENDER_DATA.`)
    if (lock.ok) await lock.value.release()
    expect((await contender()).said).toBe('locked')
  })

  it('lets one in even within a process', async () => {
    const lock = await lockDataFolder(folder)
    expect(await lockDataFolder(folder)).toEqual({ ok: false, error: expect.stringContaining(`pid ${process.pid}`) })
    if (!lock.ok) throw new Error(lock.error)
    await lock.value.release()
    const again = await lockDataFolder(folder)
    // Released twice, it is not the next one's lock that goes.
    await lock.value.release()
    expect((await lockDataFolder(folder)).ok).toBe(false)
    if (again.ok) await again.value.release()
  })

  it('is free at once when its holder is killed', async () => {
    for (let round = 0; round < 3; round++) {
      const { child, said } = await contender()
      expect(said).toBe('locked')
      await kill(child)
    }
    expect(await readFile(join(folder, 'tender.pid'), 'utf8')).toMatch(/^\d+\n$/)
  })

  it('is not held by a pid that was left behind and belongs to somebody else now', async () => {
    await writeFile(join(folder, 'tender.lock'), '')
    await writeFile(join(folder, 'tender.pid'), `${process.ppid}\n`)
    expect((await contender()).said).toBe('locked')
  })

  it('does not name a process that ended, however old the leftover', async () => {
    const { child } = await contender()
    await writeFile(join(folder, 'tender.pid'), '99999999\n')
    expect(await lockDataFolder(folder)).toEqual({ ok: false, error: expect.stringContaining('in another container') })
    await rm(join(folder, 'tender.pid'))
    expect(await lockDataFolder(folder)).toEqual({ ok: false, error: expect.stringContaining('another Tender process:') })
    await kill(child)
  })

  it('has exactly one winner among twenty starters, also over a leftover', async () => {
    await kill((await contender()).child)
    const contenders = await Promise.all(Array.from({ length: 20 }, contender))
    const winners = contenders.filter(({ said }) => said === 'locked')
    expect(winners).toHaveLength(1)
    for (const { said } of contenders) expect(said === 'locked' || said.includes(`(pid ${winners[0]?.child.pid})`)).toBe(true)
  }, 60_000)

  it('makes the folder', async () => {
    const lock = await lockDataFolder(join(folder, 'a', 'b'))
    expect(lock.ok).toBe(true)
    if (lock.ok) await lock.value.release()
    expect(await readdir(join(folder, 'a', 'b'))).toEqual(['tender.lock'])
  })

  it('says so when the folder cannot be used', async () => {
    await writeFile(join(folder, 'file'), '')
    expect(await lockDataFolder(join(folder, 'file'))).toEqual({ ok: false, error: expect.stringMatching(/^The data folder .*file cannot be used \(.+\): make it/) })
    await writeFile(join(folder, 'tender.lock'), 'this is no database, but long enough to be looked at as one'.repeat(40))
    expect(await lockDataFolder(folder)).toEqual({ ok: false, error: expect.stringContaining('cannot be used') })
  })

  it('says so when the folder is not writable', async () => {
    // Root may write anywhere, but not where the kernel keeps its own files.
    const closed = process.getuid?.() === 0 ? '/sys' : folder
    if (closed === folder) await chmod(folder, 0o500)
    expect(await lockDataFolder(closed)).toEqual({ ok: false, error: expect.stringContaining('that this user can write') })
    if (closed === folder) await chmod(folder, 0o700)
  })
})
