/** The sandbox networks as subjects of the conformance suite, whether they run in this process or behind HTTP. */
import { money } from '../../../core/money.ts'
import type { BankDirectory, Operation, OperationKind, Outcome, Provider } from '../../contract.ts'
import type { Subject } from '../../conformance.ts'
import type { Sandbox } from '../sandbox.ts'
import { card, never, operation } from './support.ts'

export interface SubjectParts {
  /** The one under test; `sandbox` is where it really runs. */
  readonly sandbox: Sandbox
  readonly close?: () => Promise<void>
}

type Tools = Pick<Subject, 'loseNextAnswer' | 'refuseNextCall' | 'close'>

function tools({ sandbox, close }: SubjectParts, network: keyof Pick<Sandbox, 'cards' | 'banks' | 'apms'>): Tools {
  const { faults } = sandbox[network]
  return {
    loseNextAnswer: async () => void faults.set({ timeout_after_work: 1 }),
    refuseNextCall: async () => void faults.set({ refuse: 1 }),
    close,
  }
}

const childOf = (method: Operation['method'], currency: string) =>
  (kind: OperationKind, key: string, parent_key: string, minor: number): Operation =>
    operation({ kind, key, parent_key, method, amount: money(minor, currency), instrument: undefined, initiator: 'merchant', return_url: undefined })

/** Posts a form to a page of the sandbox. */
async function post(sandbox: Sandbox, path: string, form: Record<string, string>): Promise<string> {
  const answer = await sandbox.pages({ method: 'POST', path, query: {}, form })
  return answer?.body ?? ''
}

export function cardSubject(provider: Provider, parts: SubjectParts): Subject {
  const sale = (key: string, minor: number, number = '4242424242424242'): Operation => operation({ key, amount: money(minor, 'USD'), instrument: card(number) })
  return {
    provider,
    approved: sale,
    declined: (key) => sale(key, 1000, '4000000000000002'),
    waiting: (key) => sale(key, 1000, '4000000000003220'),
    authorized: (key, minor) => ({ ...sale(key, minor), kind: 'authorize' }),
    child: childOf('card', 'USD'),
    pass: async (_key, waiting: Outcome): Promise<Readonly<Record<string, string>>> => {
      if (waiting.status !== 'action_required' || waiting.action.kind !== 'redirect') return {}
      const { creq = '' } = waiting.action.fields
      const { acsTransID } = JSON.parse(Buffer.from(creq, 'base64url').toString()) as { acsTransID: string }
      const body = await post(parts.sandbox, '/acs/answer', { challenge: acsTransID, code: '1234' })
      return { cres: /name="cres" value="([^"]*)"/.exec(body)?.[1] ?? '' }
    },
    ...tools(parts, 'cards'),
  }
}

export async function bankSubject(provider: Provider & BankDirectory, parts: SubjectParts): Promise<Subject> {
  const login = { institution: 'cl_banco_bci', username: '40427672-7', password: 'jonsnow', holder_type: 'individual', mode: 'test', currency: 'CLP' } as const
  const signed = await provider.signIn(login, never)
  if (signed.status !== 'signed_in') throw new Error(signed.reason)
  const transfer = (key: string, minor: number, number: string): Operation => {
    const account = signed.accounts.find((one) => one.number === number)?.id ?? ''
    const instrument = { type: 'bank_account', session: signed.session, account } as const
    return operation({ key, kind: 'transfer', method: 'bank_transfer', amount: money(minor, 'CLP'), instrument })
  }
  const recipient = { holder_id: '111111111', number: '1', account_type: 'checking_account', institution: 'cl_banco_bci' }
  return {
    provider,
    // The one transfer that no second factor stands before is pending first; the result that a test may ask for is not.
    approved: (key, minor) => ({ ...transfer(key, minor, '512347890123'), hints: { expected_bank_code: 'S.0000' } }),
    declined: (key) => operation({ key, kind: 'payout', method: 'bank_transfer', amount: money(1003, 'CLP'), instrument: undefined, recipient }),
    waiting: (key) => transfer(key, 1000, '170086177'),
    pass: async () => ({ code: '0000' }),
    child: childOf('bank_transfer', 'CLP'),
    ...tools(parts, 'banks'),
  }
}

export function apmSubject(provider: Provider, parts: SubjectParts): Subject {
  const sale = (key: string, minor: number, code = 'bogus'): Operation =>
    operation({ key, method: 'apm', amount: money(minor, 'EUR'), instrument: { type: 'apm', code, token: undefined, fields: {} } })
  return {
    provider,
    approved: sale,
    declined: (key) => sale(key, 15_000),
    waiting: (key) => sale(key, 1000, 'bank_transfer'),
    child: childOf('apm', 'EUR'),
    ...tools(parts, 'apms'),
  }
}
