/** Places with a migrated database on the engine of the run: tests that use this run on both. */
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createTestPlace } from '../support/database.ts'
import { createDataFolder } from '../support/folder.ts'
import { placeAt, type Place } from './process.ts'

export async function createPlace(): Promise<Place> {
  const scratch = await createDataFolder()
  const database = await createTestPlace()
  const folder = join(scratch, 'data')
  if (database.folder !== undefined) await cp(database.folder, join(folder, 'db'), { recursive: true })
  return placeAt(folder, database.url === undefined ? {} : { DATABASE_URL: database.url }, async () => {
    await database.remove()
    await rm(scratch, { recursive: true, force: true })
  })
}
