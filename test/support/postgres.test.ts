import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import pg from 'pg'
import { expect, test, vi } from 'vitest'
import { startPostgres, withDatabase } from './postgres.ts'

test('a real PostgreSQL starts, answers and stops', async () => {
  const server = await startPostgres()
  const client = new pg.Client(withDatabase(server.url, 'template1'))
  await client.connect()
  expect((await client.query('SELECT version()')).rows[0].version).toMatch(/^PostgreSQL \d+/)
  await client.end()
  await server.stop()
  await expect(new pg.Client(server.url).connect()).rejects.toThrow(/ECONNREFUSED/)
})

test('it ends with the process that started it, however that one ends', async () => {
  const script = `import { startPostgres } from '${import.meta.dirname}/postgres.ts'; console.log((await startPostgres()).folders.join()); process.stdin.resume()`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [output] = (await once(child.stdout, 'data')) as [Buffer]
  const folders = output.toString().trim().split(',')
  expect(folders.map((folder) => existsSync(folder))).toEqual([true, true])
  child.kill('SIGKILL')
  await vi.waitFor(() => expect(folders.map((folder) => existsSync(folder))).toEqual([false, false]), { timeout: 10_000 })
})
