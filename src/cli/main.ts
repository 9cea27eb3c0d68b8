/** The commands of `tender`. */
import { parseArgs } from 'node:util'
import { systemClock } from '../core/clock.ts'
import { createLogger } from '../core/log.ts'
import { readConfig, type Config } from '../config.ts'
import { baseUrlOf, createTender, type Tender } from '../main.ts'
import { createMerchants } from '../merchants/service.ts'
import type { Payments } from '../payments/commands.ts'
import type { DataCommand } from './commands/command.ts'
import { DATA_COMMANDS } from './commands/index.ts'
import { listKeys } from './commands/merchants.ts'
import { runHere, runThere, type CommandCall } from './control.ts'
import { demoKeys } from './demo.ts'
import { helpText, OTHER_COMMANDS } from './help.ts'
import { mistypedSettings } from './mistyped.ts'
import { open } from './open.ts'
import { Problem } from './problem.ts'
import { sandbox } from './sandbox.ts'
import { runningServer } from './server-file.ts'
import { start } from './start.ts'

/** Exit code for a command line that makes no sense. */
const USAGE = 2

/** What steers a terminal. Addresses, names and answers that others have written are among what is said. */
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

const say = (text: string): void => void process.stdout.write(`${text.replace(STEERING, '\ufffd').replace(/\n$/, '')}\n`)

async function main(args: readonly string[]): Promise<number> {
  const [first = 'start', ...rest] = args
  if (first === 'help' || args.includes('--help') || args.includes('-h')) return say(helpText()), 0
  const command = DATA_COMMANDS.find(({ name }) => name === first || name === `${first} ${rest[0]}`)
  if (command === undefined && !OTHER_COMMANDS.some(({ name }) => name === first)) return misused(unknown(args))
  for (const sentence of mistypedSettings(process.env)) process.stderr.write(`${sentence}\n`)
  const config = readConfig(process.env)
  if (!config.ok) throw new Problem(`${config.error}.`)
  if (command !== undefined) return runData(command, config.value, rest.slice(command.name.split(' ').length - 1))
  switch (first) {
    case 'demo':
      return showDemo(config.value, rest)
    case 'sandbox':
      await sandbox(rest, process.env)
      return 0
    default:
      if (rest.length > 0) return misused(`"tender start" takes no arguments, and settings are environment variables.`)
      await start(config.value)
      return 0
  }
}

/** `keys` alone is no command, but the beginning of some. */
function unknown(args: readonly string[]): string {
  const longer = DATA_COMMANDS.filter(({ name }) => name.startsWith(`${args[0]} `)).map(({ name }) => `"${name}"`)
  return `There is no command "${args.join(' ')}"${longer.length === 0 ? '' : `, but ${longer.join(', ')}`}.`
}

function misused(problem: string): number {
  process.stderr.write(`${problem} "tender help" lists the commands.\n`)
  return USAGE
}

/** Of the server that runs on this data folder, else as the settings say. Needs no database. */
async function showDemo(config: Config, args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean', default: false } } })
  const keys = demoKeys((await runningServer(config.data_folder)) ?? config)
  say(values.json ? JSON.stringify(keys, null, 2) : listKeys(keys))
  return 0
}

/** An embedded database that a server has open is reached through that server; every other one is opened here. */
async function runData(command: DataCommand, config: Config, args: readonly string[]): Promise<number> {
  const flags = [...(command.json ? ['json'] : []), ...(command.flag === undefined ? [] : [command.flag])]
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: Object.fromEntries(flags.map((flag) => [flag, { type: 'boolean', default: false }])) })
  if (positionals.length < command.needs.length) return misused(`"tender ${command.name}" needs: ${command.needs.join(', ')}.`)
  // A word too many is not passed over: it may be what should have been in quotes, or meant for another command.
  const too_much = command.more === 'words' ? undefined : positionals[command.needs.length + (command.more === 'one' ? 1 : 0)]
  if (too_much !== undefined) return misused(`"tender ${command.name}" takes ${command.needs.length === 0 ? 'nothing more' : `only: ${command.needs.join(', ')}`}; "${too_much}" is too much.`)
  const call: CommandCall = { name: command.name, values: positionals, json: values['json'] === true, flag: command.flag !== undefined && values[command.flag] === true }
  const server = await runningServer(config.data_folder)
  if (config.database_url === undefined && server?.control) return runThere(server.control, call, say)
  const address = server ?? config
  const { db, vault, close } = await open(config)
  let tender: Tender | undefined
  // All of the house, without its background work: what a command leaves undone, a server takes up.
  const payments = async (): Promise<Payments> => (tender ??= await createTender({ config, db, vault: vault.vault, log: createLogger({ level: 'warn' }) })).payments
  try {
    const merchants = createMerchants({ db, clock: systemClock, vault: vault.vault })
    return await runHere(call, { db, vault, merchants, payments, now: systemClock.now(), baseUrl: (api) => baseUrlOf(address, api), deliveriesWaiting: () => undefined, say })
  } finally {
    await tender?.stop()
    await close()
  }
}

const isUsageError = (error: unknown): error is Error => error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (isUsageError(error)) process.exitCode = misused(`${error.message.split('.')[0] ?? ''}.`)
  else if (error instanceof Problem) {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  } else throw error
}
// Nothing should keep the process now; if something does, nobody waits for it.
setTimeout(() => process.exit(), 2_000).unref()
