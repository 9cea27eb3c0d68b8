import type { Post } from '../../webhooks/worker.ts'
import type { ApiDeps } from '../shared/deps.ts'

/** The name under which payments, credentials and events of this API are stored. */
export const API = 'begateway'

/** What this API gets from outside. */
export interface BegatewayDeps extends ApiDeps {
  /** Posts to merchants' servers under the same guard as notifications: for `verification_url`. */
  readonly post: Post
}
