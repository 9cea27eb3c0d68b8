import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { localKeyEncryption, localKeyEncryptions } from './key_encryption.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tender-key-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const text = (): string => randomBytes(32).toString('base64')

describe('a local key-encryption key', () => {
  it('opens what it wrapped, and nothing else', async () => {
    const kek = localKeyEncryption(randomBytes(32))
    const wrapped = await kek.wrap(Buffer.from('data key'))
    expect(Buffer.from(await kek.unwrap(wrapped)).toString()).toBe('data key')
    await expect(localKeyEncryption(randomBytes(32)).unwrap(wrapped)).rejects.toThrow('authenticate')
    for (let i = 0; i < wrapped.length; i++) {
      const bent = Buffer.from(wrapped)
      bent[i] = (bent[i] ?? 0) ^ 1
      await expect(kek.unwrap(bent)).rejects.toThrow('authenticate')
    }
    await expect(kek.unwrap(new Uint8Array(5))).rejects.toThrow('too short')
  })

  it('wraps the same bytes differently each time', async () => {
    const kek = localKeyEncryption(randomBytes(32))
    expect(await kek.wrap(Buffer.from('x'))).not.toEqual(await kek.wrap(Buffer.from('x')))
  })

  it('has an id that follows from the key and does not give it away', () => {
    const key = randomBytes(32)
    expect(localKeyEncryption(key).id).toBe(localKeyEncryption(key).id)
    expect(localKeyEncryption(key).id).not.toBe(localKeyEncryption(randomBytes(32)).id)
    expect(() => localKeyEncryption(randomBytes(16))).toThrow('32 bytes')
  })
})

describe('the master key file', () => {
  it('is made once, readable by its owner alone, and found again', async () => {
    const inside = join(folder, 'not', 'yet')
    const first = await localKeyEncryptions({ env: {}, folder: inside, create: true })
    const second = await localKeyEncryptions({ env: {}, folder: inside, create: false })
    expect(first.ok && second.ok && first.value.current.id === second.value.current.id).toBe(true)
    expect((await stat(join(inside, 'master.key'))).mode & 0o777).toBe(0o600)
    expect(await readdir(inside)).toEqual(['master.key'])
  })

  it('is one file when twenty processes start together', async () => {
    const opened = await Promise.all(Array.from({ length: 20 }, () => localKeyEncryptions({ env: {}, folder, create: true })))
    expect(new Set(opened.map((one) => (one.ok ? one.value.current.id : one.error))).size).toBe(1)
    expect(await readdir(folder)).toEqual(['master.key'])
  })

  it('is refused when every user can read it', async () => {
    await writeFile(join(folder, 'master.key'), text())
    await chmod(join(folder, 'master.key'), 0o644)
    const refused = await localKeyEncryptions({ env: {}, folder, create: true })
    expect(refused).toEqual({ ok: false, error: expect.stringMatching(/master\.key can be read by every user.*chmod 600/) })
    await chmod(join(folder, 'master.key'), 0o640)
    expect((await localKeyEncryptions({ env: {}, folder, create: true })).ok).toBe(true)
  })

  it('is not made again for a database that was sealed', async () => {
    const refused = await localKeyEncryptions({ env: {}, folder, create: false })
    expect(refused).toEqual({ ok: false, error: expect.stringMatching(/is missing.*TENDER_MASTER_KEY/) })
    expect(await readdir(folder)).toEqual([])
  })

  it.each([[''], ['short'], [randomBytes(31).toString('base64')]])('is refused when it holds %j, and left as it is', async (content) => {
    await writeFile(join(folder, 'master.key'), content, { mode: 0o600 })
    const refused = await localKeyEncryptions({ env: {}, folder, create: true })
    expect(refused).toEqual({ ok: false, error: expect.stringContaining('is not a master key') })
    expect(await readFile(join(folder, 'master.key'), 'utf8')).toBe(content)
  })

  it('says so when the folder cannot be made', async () => {
    await writeFile(join(folder, 'file'), '')
    const refused = await localKeyEncryptions({ env: {}, folder: join(folder, 'file'), create: true })
    expect(refused).toEqual({ ok: false, error: expect.stringMatching(/cannot be read|cannot be created/) })
  })
})

describe('the master key of the environment', () => {
  it('comes before the file, which then only opens', async () => {
    const file = await localKeyEncryptions({ env: {}, folder, create: true })
    const env = { TENDER_MASTER_KEY: text(), TENDER_MASTER_KEYS_OLD: ` ${text()}, ${text()}\n` }
    const both = await localKeyEncryptions({ env, folder, create: false })
    if (!both.ok || !file.ok) throw new Error('not opened')
    expect(both.value.current.id).not.toBe(file.value.current.id)
    expect(both.value.previous.map(({ id }) => id)).toContain(file.value.current.id)
    expect(both.value.previous).toHaveLength(3)
  })

  it('is the same key as in a file', async () => {
    const file = await localKeyEncryptions({ env: {}, folder, create: true })
    const moved = await localKeyEncryptions({ env: { TENDER_MASTER_KEY: await readFile(join(folder, 'master.key'), 'utf8') }, folder, create: false })
    expect(file.ok && moved.ok && file.value.current.id === moved.value.current.id).toBe(true)
  })

  it('needs no folder', async () => {
    expect((await localKeyEncryptions({ env: { TENDER_MASTER_KEY: text() }, folder: join(folder, 'none'), create: true })).ok).toBe(true)
    expect(await readdir(folder)).toEqual([])
  })

  it.each([['TENDER_MASTER_KEY', 'secret'], ['TENDER_MASTER_KEYS_OLD', 'secret,secret']])('%s must be a key', async (name, value) => {
    const refused = await localKeyEncryptions({ env: { [name]: value }, folder, create: true })
    expect(refused).toEqual({ ok: false, error: expect.stringContaining(name) })
    expect(refused).toEqual({ ok: false, error: expect.not.stringContaining('secret') })
  })
})
