import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock, type Clock } from '../core/clock.ts'
import { createTransientVault, type TransientVault } from './transient.ts'

let now_ms = 1_000_000
const clock: Clock = { now: () => new Date(now_ms) }
let vault: TransientVault | undefined
afterEach(() => vault?.close())

const open = (entries_max = 3): TransientVault => (vault = createTransientVault({ clock, ttl_ms: 1000, entries_max, sweep_every_ms: 0 }))
const text = (bytes: Uint8Array | undefined): string | undefined => (bytes === undefined ? undefined : Buffer.from(bytes).toString())

/** What the vault itself holds: the buffers it allocates while `work` runs. */
function allocated(work: () => void): Buffer[] {
  const buffers: Buffer[] = []
  const original = Buffer.alloc
  Buffer.alloc = ((...args: Parameters<typeof Buffer.alloc>) => {
    const buffer = original(...args)
    buffers.push(buffer)
    return buffer
  }) as typeof Buffer.alloc
  try {
    work()
  } finally {
    Buffer.alloc = original
  }
  return buffers
}

describe('the transient vault', () => {
  it('gives an entry once', () => {
    const vault = open()
    expect(vault.put('p1', Buffer.from('917'))).toBe(true)
    expect(text(vault.take('p1'))).toBe('917')
    expect(vault.take('p1')).toBeUndefined()
    expect(vault.size).toBe(0)
  })

  it('keeps a copy: what the caller does with its bytes afterwards is its own business', () => {
    const vault = open()
    const bytes = Buffer.from('917')
    vault.put('p1', bytes)
    bytes.fill(0)
    expect(text(vault.take('p1'))).toBe('917')
  })

  it('forgets after its time', () => {
    const vault = open()
    vault.put('p1', Buffer.from('917'))
    now_ms += 999
    vault.put('p2', Buffer.from('918'))
    now_ms += 1
    expect(vault.take('p1')).toBeUndefined()
    expect(text(vault.take('p2'))).toBe('918')
  })

  it.each<[string, (vault: TransientVault) => void]>([
    ['dropped', (vault) => vault.drop('p1')],
    ['replaced', (vault) => void vault.put('p1', Buffer.from('111'))],
    ['swept', (vault) => { now_ms += 1000; expect(vault.sweep()).toBe(1) }],
    ['asked for too late', (vault) => { now_ms += 1000; expect(vault.take('p1')).toBeUndefined() }],
    ['in the way of a new one after its time', (vault) => { now_ms += 1000; vault.put('p9', Buffer.from('111')) }],
    ['closed', (vault) => vault.close()],
  ])('overwrites what is %s', (_, forget) => {
    const vault = open()
    const [held] = allocated(() => vault.put('p1', Buffer.from('917')))
    expect(text(held)).toBe('917')
    forget(vault)
    expect(held).toEqual(Buffer.alloc(3))
  })

  it('refuses when it is full, and has room again when something left', () => {
    const vault = open(2)
    vault.put('p1', Buffer.from('1'))
    now_ms += 500
    vault.put('p2', Buffer.from('2'))
    expect(vault.put('p3', Buffer.from('3'))).toBe(false)
    expect(vault.put('p2', Buffer.from('4'))).toBe(true)
    expect(vault.take('p3')).toBeUndefined()
    now_ms += 500
    expect(vault.put('p3', Buffer.from('3'))).toBe(true)
    expect(vault.size).toBe(2)
  })

  it('sweeps all that is expired when the clock was set back', () => {
    const vault = open()
    vault.put('p1', Buffer.from('1'))
    now_ms -= 10_000
    vault.put('p2', Buffer.from('2'))
    now_ms += 2000
    expect(vault.sweep()).toBe(1)
    expect(vault.take('p2')).toBeUndefined()
    expect(text(vault.take('p1'))).toBe('1')
  })

  it('sweeps by itself', async () => {
    vault = createTransientVault({ clock: systemClock, ttl_ms: 10, sweep_every_ms: 5 })
    const [held] = allocated(() => vault?.put('p1', Buffer.from('917')))
    await sleep(60)
    expect(vault.size).toBe(0)
    expect(held).toEqual(Buffer.alloc(3))
  })
})
