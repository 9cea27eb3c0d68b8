/**
 * What every provider has to keep, as tests: the rules of contract.ts, tried out. It brings no test runner; hand over the
 * runner's `describe` and `it`.
 *
 * @example
 * describeProvider({ describe, it }, 'my acquirer', async () => ({ provider, approved, child, … }))
 */
import assert from 'node:assert/strict'
import { money } from '../core/money.ts'
import { ProviderUnreachable, type Inquiry, type Operation, type OperationKind, type Outcome, type Provider } from './contract.ts'

/** What the suite has to know of a provider to try it out. What is left out is not tried. */
export interface Subject {
  readonly provider: Provider
  /** An operation of `minor` units that is approved at once and can be refunded. */
  approved(key: string, minor: number): Operation
  declined?(key: string): Operation
  /** An operation that waits for the payer. */
  waiting?(key: string): Operation
  /** Does what the payer does for the operation that waits, and answers the input for `resume`. */
  pass?(key: string, waiting: Outcome): Promise<Readonly<Record<string, string>>>
  authorized?(key: string, minor: number): Operation
  /** An operation that continues `parent_key`. */
  child(kind: OperationKind, key: string, parent_key: string, minor: number): Operation
  /** The next call does its work, and then fails. */
  loseNextAnswer?(): Promise<void>
  /** The next call fails before any work. */
  refuseNextCall?(): Promise<void>
  /** How many operations the provider's own book has under these keys. */
  countEffects?(keys: readonly string[]): Promise<number>
  close?(): Promise<void>
}

interface Runner {
  describe(name: string, body: () => void): unknown
  it(name: string, body: () => Promise<void>): unknown
}

const patient = new AbortController().signal
type Test = (subject: Subject, key: (name: string) => string) => Promise<void>

/** Runs the suite against a provider. `factory` is called once per test; keys are never used twice. */
export function describeProvider({ describe, it }: Runner, name: string, factory: () => Promise<Subject>): void {
  let runs = 0
  describe(`${name} keeps the contract of providers:`, () => {
    for (const [title, test] of Object.entries(TESTS)) {
      it(title, async () => {
        const subject = await factory()
        const run = ++runs
        try {
          await test(subject, (text) => `${name.replace(/\W+/g, '-')}-${run}-${text}`)
        } finally {
          await subject.close?.()
        }
      })
    }
  })
}

const TESTS: Readonly<Record<string, Test>> = {
  'a key is executed once, however often it is sent': async (subject, key) => {
    const { provider } = subject
    const operation = subject.approved(key('once'), 1000)
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => provider.execute(operation, patient)))
    for (const outcome of outcomes) assert.deepEqual(outcome, outcomes[0])
    assert.equal(outcomes[0]?.status, 'approved')
    if (subject.countEffects) assert.equal(await subject.countEffects([operation.key]), 1)
    // Other words under the same key do not change what was done.
    const other = await provider.execute({ ...operation, amount: money(5n, operation.amount.currency) }, patient)
    assert.deepEqual(other, outcomes[0])
  },

  'an inquiry says what the execution said': async (subject, key) => {
    const { provider } = subject
    const done = await provider.execute(subject.approved(key('yes'), 1000), patient)
    assert.deepEqual(await provider.inquire(key('yes'), patient), done)
    if (!subject.declined) return
    const declined = await provider.execute(subject.declined(key('no')), patient)
    assert.equal(declined.status, 'declined')
    assert.deepEqual(await provider.inquire(key('no'), patient), declined)
  },

  'an unknown key is not found, and nothing comes of carrying it on': async ({ provider }, key) => {
    assert.equal((await provider.inquire(key('nobody'), patient)).status, 'not_found')
    assert.equal((await provider.resume(key('nobody'), {}, patient)).status, 'declined')
    assert.equal((await provider.abandon(key('nobody'), patient)).status, 'declined')
    assert.equal((await provider.inquire(key('nobody'), patient)).status, 'not_found')
  },

  'after a lost answer an inquiry tells what happened, and the key is not executed again': async (subject, key) => {
    if (!subject.loseNextAnswer) return
    const { provider } = subject
    const operation = subject.approved(key('lost'), 1000)
    await subject.loseNextAnswer()
    await assert.rejects(provider.execute(operation, patient), ProviderUnreachable)
    const truth = await provider.inquire(operation.key, patient)
    assert.equal(truth.status, 'approved')
    assert.deepEqual(await provider.execute(operation, patient), truth)
    if (subject.countEffects) assert.equal(await subject.countEffects([operation.key]), 1)
  },

  'a refused call leaves nothing behind, and the key can be sent again': async (subject, key) => {
    if (!subject.refuseNextCall) return
    const { provider } = subject
    const operation = subject.approved(key('refused'), 1000)
    await subject.refuseNextCall()
    await assert.rejects(provider.execute(operation, patient), ProviderUnreachable)
    assert.equal((await provider.inquire(operation.key, patient)).status, 'not_found')
    assert.equal((await provider.execute(operation, patient)).status, 'approved')
  },

  'a caller who gives up hears nothing else than that the provider was unreachable': async (subject, key) => {
    const { provider } = subject
    const calls = [
      provider.execute(subject.approved(key('gone'), 1000), AbortSignal.abort()), provider.inquire(key('gone'), AbortSignal.abort()),
      provider.resume(key('gone'), {}, AbortSignal.abort()), provider.abandon(key('gone'), AbortSignal.abort()),
    ]
    for (const result of await Promise.allSettled<Inquiry>(calls)) {
      if (result.status === 'rejected') assert.ok(result.reason instanceof ProviderUnreachable, String(result.reason))
    }
  },

  'an operation that makes no sense is declined, not thrown': async (subject, key) => {
    const { provider } = subject
    const sane = subject.approved(key('sane'), 1000)
    const senseless: Partial<Operation>[] = [
      { instrument: undefined }, { amount: money(0n, sane.amount.currency) }, { amount: money(-5n, sane.amount.currency) }, { method: 'card', instrument: undefined },
      { kind: 'capture' }, { kind: 'refund', parent_key: key('nobody') }, { kind: 'void', parent_key: undefined },
    ]
    for (const [index, change] of senseless.entries()) {
      assert.equal((await provider.execute({ ...sane, key: key(`senseless-${index}`), ...change }, patient)).status, 'declined', JSON.stringify(Object.keys(change)))
    }
  },

  'refunds never exceed what was paid, also at once': async (subject, key) => {
    const { provider } = subject
    const parent = subject.approved(key('paid'), 1000)
    await provider.execute(parent, patient)
    const refunds = await Promise.all(Array.from({ length: 20 }, (_, i) => provider.execute(subject.child('refund', key(`refund-${i}`), parent.key, 100), patient)))
    assert.equal(refunds.filter(({ status }) => status === 'approved').length, 10)
    assert.equal((await provider.execute(subject.child('refund', key('refund-more'), parent.key, 1), patient)).status, 'declined')
    // The same refund twice is one refund.
    const again = await provider.execute(subject.child('refund', key('refund-0'), parent.key, 100), patient)
    assert.deepEqual(again, refunds[0])
  },

  'captures never exceed what was authorized, also at once': async (subject, key) => {
    if (!subject.authorized) return
    const { provider } = subject
    const parent = subject.authorized(key('auth'), 1000)
    await provider.execute(parent, patient)
    const captures = await Promise.all(Array.from({ length: 15 }, (_, i) => provider.execute(subject.child('capture', key(`capture-${i}`), parent.key, 150), patient)))
    assert.equal(captures.filter(({ status }) => status === 'approved').length, 6)
    assert.equal((await provider.execute(subject.child('refund', key('refund'), parent.key, 901), patient)).status, 'declined')
    assert.equal((await provider.execute(subject.child('void', key('void-more'), parent.key, 101), patient)).status, 'declined')
    const voids = await Promise.all(Array.from({ length: 6 }, (_, i) => provider.execute(subject.child('void', key(`void-${i}`), parent.key, 25), patient)))
    assert.equal(voids.filter(({ status }) => status === 'approved').length, 4)
    assert.equal((await provider.execute(subject.child('capture', key('late'), parent.key, 1), patient)).status, 'declined')
  },

  'the payer can come back twice': async (subject, key) => {
    if (!subject.waiting || !subject.pass) return
    const { provider } = subject
    const waiting = await provider.execute(subject.waiting(key('waits')), patient)
    assert.equal(waiting.status, 'action_required')
    assert.equal((await provider.resume(key('waits'), {}, patient)).status, 'action_required', 'coming back empty-handed is no answer')
    const input = await subject.pass(key('waits'), waiting)
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => provider.resume(key('waits'), input, patient)))
    assert.equal(outcomes[0]?.status, 'approved')
    for (const outcome of outcomes) assert.deepEqual(outcome, outcomes[0])
    assert.deepEqual(await provider.inquire(key('waits'), patient), outcomes[0])
    assert.deepEqual(await provider.abandon(key('waits'), patient), outcomes[0], 'what is done cannot be given up')
  },

  'what waits can be given up, and stays so': async (subject, key) => {
    if (!subject.waiting || !subject.pass) return
    const { provider } = subject
    const waiting = await provider.execute(subject.waiting(key('left')), patient)
    const gone = await provider.abandon(key('left'), patient)
    assert.equal(gone.status, 'declined')
    const input = await subject.pass(key('left'), waiting)
    assert.deepEqual(await provider.resume(key('left'), input, patient), gone)
    assert.deepEqual(await provider.inquire(key('left'), patient), gone)
  },

  'of giving up and coming back at once one wins': async (subject, key) => {
    if (!subject.waiting || !subject.pass) return
    const { provider } = subject
    for (let i = 0; i < 5; i++) {
      const name = key(`race-${i}`)
      const input: Readonly<Record<string, string>> = await subject.pass(name, await provider.execute(subject.waiting(name), patient))
      const [resumed, abandoned]: readonly Outcome[] = await Promise.all([provider.resume(name, input, patient), provider.abandon(name, patient)])
      assert.deepEqual(resumed, abandoned)
      assert.deepEqual(await provider.inquire(name, patient), resumed)
    }
  },
}
