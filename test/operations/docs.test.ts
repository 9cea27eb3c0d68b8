/** The documentation is true: links lead somewhere, commands exist, tables are the code's, and what can be pasted works. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { glob, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COMMANDS } from '../../src/cli/help.ts'
import { SETTINGS, VAULT_SETTINGS } from '../../src/config.ts'
import { completed, generatedFiles, runtimePackages } from './documents.ts'
import { createFreshPlace, ROOT, type Place, type Running } from './process.ts'

const files = ['README.md', 'CONTRIBUTING.md', ...(await Array.fromAsync(glob('docs/**/*.md', { cwd: ROOT }))).toSorted()]
const texts = new Map(await Promise.all(files.map(async (file) => [file, await readFile(join(ROOT, file), 'utf8')] as const)))

/** Blocks of code by their language; indented ones count as without. */
function blocks(text: string, language: string): string[] {
  return [...text.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].flatMap(([, found, code = '']) => (found === language ? [code] : []))
}

/** The anchor that GitHub gives a heading. */
const anchorOf = (heading: string): string => heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').trim().replaceAll(' ', '-')
const anchors = (text: string): string[] => [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))

describe.each(files)('%s', (file) => {
  const text = texts.get(file) ?? ''

  it('has links that lead somewhere', () => {
    const broken = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link).filter((link) => {
      if (/^[a-z]+:/.test(link)) return false
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? file : join(dirname(file), path)
      if (!existsSync(join(ROOT, target))) return true
      return anchor !== undefined && !anchors(texts.get(target) ?? '').includes(anchor)
    })
    expect(broken).toEqual([])
  })

  it('names commands, scripts and settings that exist', async () => {
    const known = new Set(COMMANDS.map(({ name }) => name))
    const firsts = new Set([...known].map((name) => name.split(' ')[0]))
    for (const [, command = ''] of text.matchAll(/(?:npx |`)tender ([a-z]+(?: (?:add|list|rotate))?)\b/g)) expect([...known, ...firsts]).toContain(command)
    const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
    for (const [, script = ''] of text.matchAll(/npm run ([\w-]+)/g)) expect(Object.keys(scripts)).toContain(script)
    const programs = [...text.matchAll(/\bnode ((?:test|src|bin)\/[\w/.-]+)/g)].map(([, path = '']) => path)
    expect(programs.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
    const settings = new Set([...Object.values(SETTINGS), ...VAULT_SETTINGS].map(({ name }) => name))
    for (const [name] of text.matchAll(/\bTENDER_(?!TEST_)[A-Z_]+\b/g)) expect([...settings]).toContain(name)
  })
})

describe('what follows from the code', () => {
  it.each(generatedFiles)('%s is up to date (else: npm run documents)', async (file) => {
    expect(texts.get(file)).toBe(await completed(file))
  })

  it('the metrics are those that are measured', async () => {
    const measured = await readFile(join(ROOT, 'src/apis/common/measures.ts'), 'utf8')
    const names = (text: string, pattern: RegExp): string[] => [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))].toSorted()
    expect(names(texts.get('docs/operations.md') ?? '', /`(tender_[a-z_]+)`/g)).toEqual(names(measured, /'(tender_[a-z_]+)'/g))
  })

  it('the tree of packages is what is installed', async () => {
    expect((await runtimePackages()).filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  })

  it('the licence is there whole', async () => {
    const licence = await readFile(join(ROOT, 'LICENSE'), 'utf8')
    expect(licence).toMatch(/Apache License\s+Version 2\.0, January 2004[^]+END OF TERMS AND CONDITIONS/)
  })
})

describe('what can be pasted', () => {
  let place: Place
  let server: Running
  beforeAll(async () => {
    place = await createFreshPlace()
    server = await place.start()
  }, 60_000)
  afterAll(() => place.remove())

  /** Runs lines as a newcomer pastes them, against this server. */
  async function paste(script: string): Promise<string> {
    const here = script.replaceAll('http://localhost:8080', server.url).replaceAll('npx tender', `${process.execPath} ${join(ROOT, 'bin/tender.js')}`)
    const { stdout } = await promisify(execFile)('bash', ['--norc', '-euo', 'pipefail', '-c', here], { env: { ...process.env, ...place.env } })
    return stdout
  }

  it('the first payment of the README: page, sale, token, write-off, refund, audit', async () => {
    const steps = blocks(texts.get('README.md') ?? '', 'sh')
    expect(steps.length).toBeGreaterThanOrEqual(5)
    // One shell for all of them, since each uses what the one before has found.
    const output = await paste(steps.join('\necho; echo "== next =="\n'))
    const [opened = '', sold, read, written, refunded] = output.split('== next ==')
    const page = /Open this page and pay: (\S+)/.exec(opened)?.[1] ?? ''
    expect((await fetch(page)).status).toBeLessThan(400)
    expect(sold).toContain('"status":"processed"')
    expect(read).toMatch(/"status":"processed"[^]*"token":"[0-9A-Za-z]{32}"/)
    expect(written).toContain('"status":"processed"')
    expect(refunded).toContain('"status":"refunded"')
    expect(refunded).toContain('The books are in order.')
  }, 60_000)

  it('the pages of the greeting', async () => {
    const pages = [...server.output().matchAll(/: open a payment page\n(\S+)/g)].map(([, page = '']) => page)
    expect(pages).toHaveLength(1)
    const answer = await fetch(pages[0] ?? '')
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('<form')])
    expect(await (await fetch(server.url, { headers: { accept: 'text/html' } })).text()).toContain('Open a payment page')
  })

  it('every request of the greeting, twice', async () => {
    const requests = [...server.output().matchAll(/^curl (?:.*\\\n)*.*$/gm)].map(([command]) => command)
    expect(requests.length).toBeGreaterThanOrEqual(3)
    for (const request of requests) {
      for (const time of [1, 2]) {
        const answer = await paste(request.replace('curl -s', 'curl -s -w "\\n%{http_code}"'))
        expect(`${time}: ${answer.trim()}`).toMatch(/\n20[01]$/)
        await new Promise((resolve) => setTimeout(resolve, 1_100))
      }
    }
  }, 60_000)

  it('every other block of shell that talks to a server on this machine', async () => {
    const problems: string[] = []
    for (const [file, text] of texts) {
      if (file === 'README.md') continue
      const shell = blocks(text, 'sh')
      const assigned = new Set([...shell.join('\n').matchAll(/^\s*([A-Z_]+)=/gm)].map(([, name]) => name))
      // What has a place to fill in, or needs a value from elsewhere, is no line to paste.
      const runnable = shell.filter((block) => block.includes('http://localhost:8080') && !/<[a-z_ ]+>/.test(block) && [...block.matchAll(/\$([A-Z_]+)/g)].every(([, name]) => assigned.has(name)))
      await paste(runnable.join('\n')).catch((error: unknown) => problems.push(`${file}: ${String(error)}`))
    }
    expect(problems).toEqual([])
  }, 120_000)
})
