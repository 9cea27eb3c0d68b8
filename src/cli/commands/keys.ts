import { cardContext } from '../../instruments/cards.ts'
import { credentialContext } from '../../merchants/service.ts'
import { rotateKeys, type SealedTable } from '../../vault/rotate.ts'
import { endpointContext } from '../../webhooks/endpoints.ts'
import { Problem } from '../problem.ts'
import type { DataCommand } from './command.ts'

/** Every table with a column of sealed values that outlive minutes, and what its rows are sealed for. */
export const SEALED_TABLES: readonly SealedTable[] = [
  { table: 'instruments', context: ({ merchant_id, id }) => cardContext(merchant_id, id) },
  { table: 'credentials', context: credentialContext },
  { table: 'webhook_endpoints', context: endpointContext },
]

/** Between batches, so that payments go on meanwhile. */
const PAUSE_MS = 20

export const rotateCommand: DataCommand = {
  name: 'keys rotate', needs: [], json: false,
  does: 'seals everything under a new data key, wrapped under the current master key',
  run: async ({ db, vault, say }) => {
    let said = 0
    const progress = (rows: number): void => {
      if (rows - said >= 10_000) say(`${(said = rows)} rows are sealed again`)
    }
    const rotation = await rotateKeys({ db, keys: vault.keys, encryptions: vault.encryptions, tables: SEALED_TABLES, pause_ms: PAUSE_MS, progress })
    if (!rotation.ok) throw new Problem(rotation.error)
    const { version, resumed, rewrapped, resealed, retired, damaged } = rotation.value
    say(`${resumed ? 'Finished an earlier rotation' : 'Rotated'}: everything is sealed under data key ${version} now (${resealed} rows sealed again, ${rewrapped} data keys wrapped again, ${retired.length} retired).`)
    for (const row of damaged) say(`Damaged: ${row}. It does not open under its key: restore this row from a backup.`)
    return damaged.length === 0 ? 0 : 1
  },
}
