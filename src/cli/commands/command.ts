import type { Db } from '../../db/db.ts'
import type { Payments } from '../../payments/commands.ts'
import type { Merchants } from '../../merchants/service.ts'
import type { OpenVault } from '../../vault/open.ts'

/** What a command for the database works with: in a process of its own, or inside of the running server. */
export interface CommandContext {
  readonly db: Db
  readonly vault: OpenVault
  readonly merchants: Merchants
  /** The use cases, over the providers that the settings name. */
  readonly payments: () => Promise<Payments>
  readonly now: Date
  /** Where an API is reached. */
  readonly baseUrl: (api: string) => string
  /** Tells the server's worker, when there is one, that there is something to deliver. */
  readonly deliveriesWaiting: () => void
  /** One or more lines of the command's output. */
  readonly say: (text: string) => void
}

/** A command for the database. It is the same code wherever it runs. */
export interface DataCommand {
  /** What follows `tender`: `keys rotate`. */
  readonly name: string
  /** Names of what must follow, in order. */
  readonly needs: readonly string[]
  /** What may follow after that: one thing more, or words as they come (a reason, a name). Nothing when left out. */
  readonly more?: 'one' | 'words'
  /** For `tender help`. */
  readonly does: string
  /** True when it knows `--json`. */
  readonly json: boolean
  /** One switch more that it knows, without its dashes. */
  readonly flag?: string
  /** Returns the exit code. */
  readonly run: (context: CommandContext, args: { readonly values: readonly string[]; readonly json: boolean; readonly flag: boolean }) => Promise<number>
}
