/** The commands of `tender`. */
import { readConfig } from '../config.ts'
import { demoKeys } from './demo.ts'
import { start, StartProblem } from './start.ts'

const USAGE = `tender: a self-hosted payment platform

  tender start           run the server
  tender demo [--json]   the demo merchant's base URLs and keys
`

async function main(args: readonly string[]): Promise<number> {
  const [command = 'start', ...rest] = args
  const config = readConfig(process.env)
  if (!config.ok) throw new StartProblem(`${config.error}.`)
  switch (command) {
    case 'start':
      await start(config.value)
      return 0
    case 'demo':
      process.stdout.write(rest.includes('--json') ? `${JSON.stringify(demoKeys(config.value), null, 2)}\n` : listOf(demoKeys(config.value)))
      return 0
    case 'help':
    case '--help':
      process.stdout.write(USAGE)
      return 0
    default:
      process.stderr.write(`There is no command "${command}".\n\n${USAGE}`)
      return 2
  }
}

function listOf(keys: Record<string, Record<string, string>>): string {
  return Object.entries(keys)
    .map(([api, values]) => `${api}\n${Object.entries(values).map(([name, value]) => `  ${name.padEnd(18)} ${value}\n`).join('')}`)
    .join('\n')
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof StartProblem)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
