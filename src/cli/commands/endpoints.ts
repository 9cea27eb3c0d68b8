import { APIS } from '../../main.ts'
import { versionOf } from '../../vault/seal.ts'
import { endpointContext, rotateEndpointSecret, type Endpoint } from '../../webhooks/endpoints.ts'
import { Problem } from '../problem.ts'
import type { DataCommand } from './command.ts'

export const rotateEndpointCommand: DataCommand = {
  name: 'endpoints rotate', needs: ['endpoint id'], json: false,
  does: 'gives a registered webhook receiver a new secret, and shows it once; the next try of whatever waits is signed with it',
  run: async ({ db, vault, say }, { values: [id = ''] }) => {
    const [endpoint, another] = await db.query<Endpoint>('SELECT * FROM webhook_endpoints WHERE id = $1 AND deleted_at IS NULL', [id])
    const freshSecret = endpoint === undefined ? undefined : APIS[endpoint.api]?.onboarding.freshEndpointSecret
    if (endpoint === undefined || freshSecret === undefined) throw new Problem(`There is no endpoint "${id}".`)
    if (another !== undefined) throw new Problem(`There are several of "${id}", of different merchants.`)
    const secret = freshSecret()
    const sealed = vault.vault.seal(Buffer.from(secret), endpointContext(endpoint))
    await rotateEndpointSecret(db, endpoint, id, sealed, versionOf(sealed) ?? null)
    say(`The secret of ${id} (${endpoint.mode}, ${endpoint.url}) is ${secret}. It is not shown again.`)
    return 0
  },
}
