import { DATA_COMMANDS } from './commands/index.ts'

interface Described {
  readonly name: string
  readonly usage: string
  readonly does: string
}

/** The commands that need no database, or open it themselves. */
export const OTHER_COMMANDS: readonly Described[] = [
  { name: 'start', usage: 'start', does: 'runs the server' },
  { name: 'demo', usage: 'demo [--json]', does: "the demo merchant's base URLs and keys" },
  { name: 'sandbox', usage: 'sandbox [--port 4444] [--folder path]', does: 'the sandbox networks as a program of their own' },
  { name: 'help', usage: 'help', does: 'this list' },
]

/** Every command, as `tender help` shows it. */
export const COMMANDS: readonly Described[] = [
  ...OTHER_COMMANDS.slice(0, 2),
  ...DATA_COMMANDS.map(({ name, needs, json, flag, does }) => ({ name, usage: [name, ...needs.map((need) => `<${need}>`), ...(json ? ['[--json]'] : []), ...(flag === undefined ? [] : [`[--${flag}]`])].join(' '), does })),
  ...OTHER_COMMANDS.slice(2),
]

export function helpText(): string {
  const lines = COMMANDS.map(({ usage, does }) => `  tender ${usage}\n      ${does}\n`)
  return `tender: a self-hosted payment platform\n\n${lines.join('')}\nSettings are environment variables; docs/settings.md lists them. Commands find the data like the server does: by TENDER_DATA and DATABASE_URL.\n`
}
