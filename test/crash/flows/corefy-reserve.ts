/** A Corefy account that keeps a part of each deposit back for a moment: it comes back once. */
import { until } from '../client.ts'
import { check, type Flow } from '../flow.ts'
import { create, read, sale } from './corefy.ts'

const KEPT = { rolling_reserve: { rate: '0.1', minutes: 0.02 } }

export const releasedReserve: Flow = {
  name: 'Corefy rolling reserve',
  labels: ['reserve.release.before', 'reserve.release.after'],
  // No command lets an account keep it for less than a minute.
  prepare: async (db) => {
    await db.query(`UPDATE merchants SET settings = settings || jsonb_build_object('corefy', coalesce(settings->'corefy', '{}') || $1::jsonb) WHERE id = 'mer_demo'`, [JSON.stringify(KEPT)])
  },
  run: async (shop) => {
    const invoice = await create(shop, 'a')
    await sale(shop, invoice)
    const shown = async (name: string): Promise<unknown> => (await read(shop, invoice.id)).answer.get(`data.attributes.${name}`)
    await until('the release', async () => ((await shown('unreserved')) === null ? undefined : true))
    const amounts = [await shown('reserved_amount'), await shown('reserve_cancelled')]
    check(amounts[0] === 1 && amounts[1] === null, `kept and taken were ${JSON.stringify(amounts)}`)
  },
}
