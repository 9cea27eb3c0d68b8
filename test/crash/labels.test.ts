/** Every checkpoint in the sources is a place where some flow of the crash tests kills the server. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { FINTOC_FLOWS } from '../fintoc/crash-flows.ts'
import { BEGATEWAY_FLOWS as MORE_FLOWS } from '../begateway/crash-flows.ts'
import { BEGATEWAY_FLOWS } from './flows/begateway.ts'
import { COREFY_FLOWS } from './flows/corefy-cards.ts'
import { releasedReserve } from './flows/corefy-reserve.ts'
import { canceledRefund } from './flows/fintoc-cancel.ts'

const sources = join(import.meta.dirname, '../../src')
const labels = [...COREFY_FLOWS, ...FINTOC_FLOWS, ...BEGATEWAY_FLOWS, ...MORE_FLOWS, canceledRefund, releasedReserve].flatMap((flow) => flow.labels).map((label) => label.split('#')[0] ?? '')

async function texts(): Promise<string[]> {
  const files = (await readdir(sources, { recursive: true })).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  return Promise.all(files.map((name) => readFile(join(sources, name), 'utf8')))
}

/** The labels in the sources as patterns: `${attempt.kind}.intend.before` is any kind of operation. */
async function patterns(): Promise<string[]> {
  const found = (await texts()).flatMap((text) => [...text.matchAll(/\bcheckpoint\((['`])(.+?)\1\)/g)].map(([, , label = '']) => label))
  return [...new Set(found)].sort()
}

it('finds the checkpoints', async () => {
  expect(await patterns()).toEqual(expect.arrayContaining(['accept.before', 'delivery.sent', '${attempt.kind}.intend.after']))
})

it('kills at each of them', async () => {
  const missed = (await patterns()).filter((pattern) => {
    const expression = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll(/\$\{[^}]*\}/g, '[a-z]+')}$`)
    return !labels.some((label) => expression.test(label))
  })
  expect(missed, 'checkpoints at which no flow kills the server').toEqual([])
})

it('kills before and after every kind of call', async () => {
  const calls = new Set((await texts()).flatMap((text) => [...text.matchAll(/\bcall\(deps, '(\w+)'/g)].map(([, name = '']) => name)))
  expect([...calls].sort()).toEqual(['abandon', 'execute', 'inquire', 'resume'])
  for (const name of calls) for (const side of ['before', 'after']) expect(labels.some((label) => label.endsWith(`.${name}.${side}`)), `${name}.${side}`).toBe(true)
})

it('kills every kind of operation between its intention and its record', () => {
  for (const kind of ['sale', 'authorize', 'capture', 'void', 'refund', 'transfer', 'payout']) expect(labels).toEqual(expect.arrayContaining([`${kind}.intend.after`, `${kind}.execute.after`, `${kind}.record.after`]))
})
