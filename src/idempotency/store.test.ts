import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts'
import { after } from '../core/clock.ts'
import type { Claim } from './model.ts'
import { answerClaim, claimKey, findClaim, releaseClaim, sweepClaims } from './store.ts'

const now = new Date('2026-01-02T03:04:05Z')
const draft = (key: string, more: Partial<Claim> = {}): Claim => ({ merchant_id: 'm', scope: 's', key, owner: 'first', request_hash: null, status: null, answer: null, created_at: now, expires_at: null, ...more })

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())

it('a key belongs to who came first', async () => {
  expect(await claimKey(database.db, draft('k'))).toBeUndefined()
  expect(await claimKey(database.db, draft('k', { owner: 'second' }))).toMatchObject({ owner: 'first' })
  expect(await claimKey(database.db, draft('k', { merchant_id: 'n', owner: 'second' }))).toBeUndefined()
})

it('only the first answer counts: who was taken for dead answers too late', async () => {
  await claimKey(database.db, draft('answer'))
  await answerClaim(database.db, 'm', 's', 'answer', 201, 'made')
  await answerClaim(database.db, 'm', 's', 'answer', 500, 'failed')
  expect(await findClaim(database.db, 'm', 's', 'answer')).toMatchObject({ status: 201, answer: 'made' })
})

it('a key is given back by its owner alone, and never when it has an answer', async () => {
  await claimKey(database.db, draft('back'))
  await releaseClaim(database.db, 'm', 's', 'back', 'second')
  expect(await findClaim(database.db, 'm', 's', 'back')).toMatchObject({ owner: 'first' })
  await releaseClaim(database.db, 'm', 's', 'back', 'first')
  expect(await findClaim(database.db, 'm', 's', 'back')).toBeUndefined()
  await claimKey(database.db, draft('kept', { status: 201, answer: 'made' }))
  await releaseClaim(database.db, 'm', 's', 'kept', 'first')
  expect(await findClaim(database.db, 'm', 's', 'kept')).toMatchObject({ answer: 'made' })
})

it('forgets keys whose time is over, and no others', async () => {
  await claimKey(database.db, draft('over', { expires_at: after(now, -1) }))
  await claimKey(database.db, draft('later', { expires_at: after(now, 1) }))
  await claimKey(database.db, draft('never'))
  await sweepClaims(database.db, now)
  expect(await Promise.all(['over', 'later', 'never'].map(async (key) => (await findClaim(database.db, 'm', 's', key)) !== undefined))).toEqual([false, true, true])
})
