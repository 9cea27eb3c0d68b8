import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { createLogger } from '../../src/core/log.ts'
import { ephemeralKeys } from '../../src/vault/keys.ts'
import { createVault } from '../../src/vault/seal.ts'
import { createTestDatabase } from '../support/database.ts'
import { assertNoSecrets, findSecrets, MARKED_CVVS, TEST_PANS } from './secrets.ts'

const pan = '4242424242424242'

describe('looking for card data', () => {
  it.each([
    [pan],
    ['4242 4242 4242 4242'],
    ['4242-4242-4242-4242'],
    ['4242%204242%204242%204242'],
    ['x4242424242424242x'],
    ['00004242424242424242'],
    ['{"number":4242424242424242}'],
    ['٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢'],
    ['۴۲۴۲ ۴۲۴۲ ۴۲۴۲ ۴۲۴۲'],
    ['４２４２４２４２４２４２４２４２'],
    [Buffer.from(pan).toString('hex')],
    [`("\\\\x${Buffer.from(`{"n":"${pan}"}`).toString('hex')}",1)`],
    [Buffer.from(`{"n":"${pan}"}`).toString('base64')],
    [`eyJhbGciOiJIUzI1NiJ9.${Buffer.from(`{"n":"${pan}"}`).toString('base64url')}.x`],
    [Buffer.from(JSON.stringify({ inner: Buffer.from(pan).toString('base64') })).toString('base64')],
    [Buffer.concat([Buffer.from([0, 255, 128]), Buffer.from(pan)]).toString('hex')],
  ])('finds the number in %s', (text) => {
    expect(findSecrets(text)).toEqual([pan])
  })

  it.each([['0917'], ['cvv=0917&x'], ['{"cvv":"0917"}'], ['("{""cvv"": ""0917""}")'], ["cvv: '0917',"], ['code 0917.'], [Buffer.from('{"cvv":"0917"}').toString('base64')]])(
    'finds the code in %s',
    (text) => {
      expect(findSecrets(text)).toEqual(['0917'])
    },
  )

  it('finds every number and every code', () => {
    for (const secret of [...TEST_PANS, ...MARKED_CVVS]) expect(findSecrets(`a ${secret} b`)).toContain(secret)
    expect(findSecrets(`${pan} 0917 ${pan}`)).toEqual([pan, '0917'])
  })

  it.each([
    ['424242******4242'],
    ['{"bin":"424242","last4":"4242"}'],
    ['2026-11-20 09:17:00.083+00'],
    ['2026-11-20T09:17:00.019Z'],
    ['1.019'],
    ['id_0917'],
    ['a0190b'],
    ['5d1f0b3a-0917-4019-8083-0917a0190830'],
  ])('finds nothing in %s', (text) => {
    expect(findSecrets(text)).toEqual([])
  })

  it('finds nothing in random ids and bytes', () => {
    for (let i = 0; i < 3000; i++) {
      const bytes = randomBytes(200)
      expect(findSecrets(`${randomUUID()} ${bytes.toString('hex')} ${bytes.toString('base64url')}`)).toEqual([])
    }
  })
})

describe('asserting that there is none', async () => {
  const { db, close } = await createTestDatabase()
  afterAll(close)

  it('looks at every row of every table, every line and every answer', async () => {
    const vault = createVault(ephemeralKeys())
    const lines: string[] = []
    createLogger({ write: (line) => lines.push(line) }).info({ card: { number: pan, cvv: '0917' } }, `paying with ${pan}`)
    await db.query(`INSERT INTO merchants (id, number, name, created_at) VALUES ('secrets', 901, 'Shop', now())`)
    const insert = (id: string, sealed: Uint8Array, summary: object): Promise<unknown> =>
      db.query(
        `INSERT INTO instruments (merchant_id, id, kind, sealed, key_version, fingerprint, summary, created_at, updated_at)
         VALUES ('secrets', $1, 'card', $2, 1, $3, $4, now(), now())`,
        [id, sealed, vault.fingerprint(pan, 'secrets'), JSON.stringify(summary)],
      )
    await insert('good', vault.seal(Buffer.from(`{"number":"${pan}"}`), 'instrument:secrets:good'), { bin: '424242', last4: '4242' })
    const searched = await assertNoSecrets(db, lines, ['{"masked":"424242******4242"}'])
    expect(searched.tables).toBeGreaterThan(10)
    expect(searched.rows).toBeGreaterThan(1)
    expect(searched.texts).toBe(2)

    await insert('bytes', Buffer.from(`{"number":"${pan}"}`), {})
    await expect(assertNoSecrets(db, [], [])).rejects.toThrow(/table public\.instruments holds 4242424242424242/)
    await db.query(`DELETE FROM instruments WHERE id = 'bytes'`)
    await insert('json', Buffer.from('x'), { cvv: '0917' })
    await expect(assertNoSecrets(db, [], [])).rejects.toThrow(/table public\.instruments holds 0917/)
    await db.query(`DELETE FROM instruments WHERE id = 'json'`)
    await expect(assertNoSecrets(db, ['fine', `card ${pan}`], [])).rejects.toThrow(/log 2 holds/)
    await expect(assertNoSecrets(undefined, [], [`{"cvv":"0917"}`])).rejects.toThrow(/response 1 holds 0917/)
  })
})
