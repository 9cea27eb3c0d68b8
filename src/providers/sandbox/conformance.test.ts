import { afterAll, beforeAll, describe, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test/support/database.ts'
import { systemClock } from '../../core/clock.ts'
import { randomIds } from '../../core/ids.ts'
import { describeProvider } from '../conformance.ts'
import { createMemoryBook, type Book } from './book.ts'
import { createDbBook } from './book-db.ts'
import { createRemoteSandbox, type RemoteSandbox } from './client.ts'
import { startSandbox, type SandboxProgram } from './program.ts'
import { createSandbox, type Sandbox } from './sandbox.ts'
import { apmSubject, bankSubject, cardSubject } from './testing/subjects.ts'

const runner = { describe, it }
const inProcess = (book: Book): Sandbox => createSandbox({ book, clock: systemClock, ids: randomIds, base_url: 'https://s.example' })

const memory = inProcess(createMemoryBook())
describeProvider(runner, 'cards in memory', async () => cardSubject(memory.cards, { sandbox: memory }))
describeProvider(runner, 'banks in memory', () => bankSubject(memory.banks, { sandbox: memory }))
describeProvider(runner, 'apms in memory', async () => apmSubject(memory.apms, { sandbox: memory }))

describe('over a database', () => {
  let database: TestDatabase
  let book: Book
  let sandbox: Sandbox
  beforeAll(async () => {
    database = await createTestDatabase()
    book = await createDbBook(database.db)
    sandbox = inProcess(book)
  })
  afterAll(() => database.close())
  const countEffects = async (keys: readonly string[]): Promise<number> => (await book.list()).filter(({ key }) => keys.includes(key)).length

  describeProvider(runner, 'cards', async () => ({ ...cardSubject(sandbox.cards, { sandbox }), countEffects }))
  describeProvider(runner, 'banks', async () => ({ ...(await bankSubject(sandbox.banks, { sandbox })), countEffects }))
  describeProvider(runner, 'apms', async () => ({ ...apmSubject(sandbox.apms, { sandbox }), countEffects }))
})

describe('behind HTTP', () => {
  let database: TestDatabase
  let program: SandboxProgram
  let remote: RemoteSandbox
  beforeAll(async () => {
    database = await createTestDatabase()
    program = await startSandbox({ port: 0, db: database.db, token: 'secret' })
    remote = createRemoteSandbox({ base_url: program.url, token: 'secret' })
  })
  afterAll(async () => {
    await program.close()
    await database.close()
  })

  describeProvider(runner, 'remote cards', async () => cardSubject(remote.cards, { sandbox: program.sandbox }))
  describeProvider(runner, 'remote banks', () => bankSubject(remote.banks, { sandbox: program.sandbox }))
  describeProvider(runner, 'remote apms', async () => apmSubject(remote.apms, { sandbox: program.sandbox }))
})
