/**
 * The parts of the documentation that follow from the code: the commands, the settings, the packages. Each stands between two comments,
 * `<!-- name -->` and `<!-- /name -->`; a test compares them.
 *
 *     npm run documents     writes them
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { COMMANDS } from '../../src/cli/help.ts'
import { SETTINGS, VAULT_SETTINGS } from '../../src/config.ts'

const ROOT = join(import.meta.dirname, '../..')

/** Which parts are in which file. */
const PARTS: Readonly<Record<string, Readonly<Record<string, () => string | Promise<string>>>>> = {
  'README.md': { commands: commandTable, dependencies: dependencyList },
  'docs/settings.md': { settings: settingTable },
}

function commandTable(): string {
  return ['| command | does |', '|---|---|', ...COMMANDS.map(({ usage, does }) => `| \`npx tender ${usage}\` | ${does} |`)].join('\n')
}

function settingTable(): string {
  const rows = [...Object.values(SETTINGS), ...VAULT_SETTINGS].map(({ name, otherwise, is }) => `| \`${name}\` | ${otherwise} | ${is} |`)
  return ['| setting | when it is not set | is |', '|---|---|---|', ...rows].join('\n')
}

interface Locked {
  readonly dev?: boolean
}

/** Every package that is installed without development dependencies, by `package-lock.json`. */
export async function runtimePackages(): Promise<string[]> {
  const { packages } = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> }
  return Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true)
    .map(([path]) => path)
}

async function dependencyList(): Promise<string> {
  const { dependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { dependencies: Record<string, string> }
  const names = Object.keys(dependencies)
  return `**${(await runtimePackages()).length} packages**, all pinned: ${names.map((name) => `\`${name}\``).join(', ')}, and what these bring along. (\`node\` is Node itself; \`npm ls --omit=dev --all\` shows the tree.)`
}

/** A file of the documentation as it should be. */
export async function completed(file: string): Promise<string> {
  let text = await readFile(join(ROOT, file), 'utf8')
  for (const [name, make] of Object.entries(PARTS[file] ?? {})) {
    const part = new RegExp(`<!-- ${name} -->\n[^]*?<!-- /${name} -->`)
    if (!part.test(text)) throw new Error(`${file} has no place for ${name}`)
    const made = await make()
    text = text.replace(part, () => `<!-- ${name} -->\n${made}\n<!-- /${name} -->`)
  }
  return text
}

export const generatedFiles: readonly string[] = Object.keys(PARTS)

if (import.meta.main) for (const file of generatedFiles) await writeFile(join(ROOT, file), await completed(file))
