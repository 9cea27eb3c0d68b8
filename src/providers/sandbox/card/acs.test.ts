import { beforeEach, describe, expect, it } from 'vitest'
import { createMemoryBook } from '../book.ts'
import type { PageResponse } from '../pages/page.ts'
import { createSandbox, type Sandbox } from '../sandbox.ts'
import { card, countingIds, manualClock, never, operation, type ManualClock } from '../testing/support.ts'

let clock: ManualClock
let sandbox: Sandbox
let fields: Record<string, string>

beforeEach(async () => {
  clock = manualClock()
  sandbox = createSandbox({ book: createMemoryBook(), clock, ids: countingIds(), base_url: 'https://s.example', schedule: clock.schedule })
  const outcome = await sandbox.cards.execute(
    operation({ key: 'ch', instrument: card('4000000000003220'), description: '<b>Tea & cake</b>', merchant_name: 'Tea <& Co> {left}', payer: { language: 'es-CL' } }), never)
  if (outcome.status !== 'action_required' || outcome.action.kind !== 'redirect') throw new Error('no challenge')
  fields = { ...outcome.action.fields }
})

const post = async (path: string, form: Record<string, string>): Promise<PageResponse> => {
  const answer = await sandbox.pages({ method: 'POST', path, query: {}, form, accept_language: 'en' })
  if (!answer) throw new Error('no page')
  return answer
}
const open = (): Promise<PageResponse> => post('/acs/challenge', fields)
const field = (body: string, name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(body)?.[1] ?? ''
const send = async (form: Record<string, string>): Promise<PageResponse> => {
  const { body } = await open()
  return post('/acs/answer', { challenge: field(body, 'challenge'), threeDSSessionData: field(body, 'threeDSSessionData'), ...form })
}

describe('the page of the challenge', () => {
  it('shows what is paid in the payer’s language, escaped, under a strict policy', async () => {
    const { status, body, headers } = await open()
    expect(status).toBe(200)
    expect(body).toContain('lang="es"')
    expect(body).toContain('&lt;b&gt;Tea &amp; cake&lt;/b&gt;')
    expect(body).not.toContain('<b>Tea')
    expect(body).toContain('Está pagando a Tea &lt;&amp; Co&gt; {left}')
    expect(body).toContain('•••• 3220')
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/)
    expect(headers['content-security-policy']).not.toMatch(/unsafe|script-src/)
  })

  it('goes back with the answer after the right code', async () => {
    const { body, headers } = await send({ code: ' 1234 ', decision: 'approve' })
    expect(body).toContain('action="https://pay.example/return"')
    expect(headers['content-security-policy']).toContain("form-action 'self' https:;")
    expect(field(body, 'threeDSSessionData')).toBe(fields.threeDSSessionData)
    const cres = field(body, 'cres')
    expect(JSON.parse(Buffer.from(cres, 'base64url').toString())).toMatchObject({ messageType: 'CRes', transStatus: 'Y' })
    expect(await sandbox.cards.inquire('ch', never)).toMatchObject({ status: 'action_required' })
    expect(await sandbox.cards.resume('ch', { cres }, never)).toMatchObject({ status: 'approved' })
  })

  it('lets the payer try three times', async () => {
    expect(await send({ code: '' })).toMatchObject({ status: 422 })
    for (const left of [2, 1]) {
      const again = await send({ code: '0000' })
      expect(again.status).toBe(422)
      expect(again.body).toContain(`restantes: ${left}`)
    }
    const { body } = await send({ code: '9999' })
    expect(JSON.parse(Buffer.from(field(body, 'cres'), 'base64url').toString())).toMatchObject({ transStatus: 'N' })
    // The right code comes too late now, and so does a reload.
    expect((await open()).body).toContain('name="cres"')
    expect(await sandbox.cards.resume('ch', { cres: field(body, 'cres') }, never)).toMatchObject({ status: 'declined', reason: 'authentication_failed' })
  })

  it('lets the payer cancel', async () => {
    const { body } = await send({ decision: 'cancel', code: '1234' })
    expect(await sandbox.cards.resume('ch', { cres: field(body, 'cres') }, never)).toMatchObject({ status: 'declined', reason: 'payer_rejected' })
  })

  it('ends with its time', async () => {
    await clock.pass(16 * 60_000)
    const { body } = await open()
    expect(body).not.toContain('name="code"')
    expect(await sandbox.cards.resume('ch', { cres: field(body, 'cres') }, never)).toMatchObject({ reason: 'authentication_timeout' })
  })

  it('says so when there is no such challenge', async () => {
    expect(await post('/acs/challenge', { creq: 'nonsense' })).toMatchObject({ status: 404 })
    expect(await post('/acs/answer', { challenge: 'unknown', code: '1234' })).toMatchObject({ status: 404 })
    expect(await sandbox.pages({ method: 'GET', path: '/acs/challenge', query: {}, form: {} })).toMatchObject({ status: 404 })
    expect(await sandbox.pages({ method: 'GET', path: '/other', query: {}, form: {} })).toBeUndefined()
  })
})
