/** The widget as a payer meets it: in a page of another origin, on a phone and on a computer, in a real browser. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkAccessibility, desktop, phone, screenshot } from '../support/browser.ts'
import { choose, expectHeard, expectStatus, login, magic, openMall, pickAccount, pickBank, signIn, title, typeSms, until, type Mall, type Visit } from './mall.ts'

const DEVICES = [['phone', phone], ['desktop', desktop]] as const

let mall: Mall
beforeAll(async () => {
  mall = await openMall()
})
afterAll(() => mall.close())

describe.each(DEVICES)('on a %s', (device, options) => {
  test('a payment by SMS, every screen accessible, events in their order', async () => {
    const { id, token } = await mall.shop.create({ amount: 12_990 })
    const { page, frame, problems, told } = await mall.visit(options, token)
    const look = async (name: string): Promise<void> => {
      await page.waitForTimeout(300)
      await checkAccessibility(page)
      await screenshot(page, `fintoc-${name}-${device}`)
    }
    await title(frame, 'Elige tu banco')
    await look('banks')
    await pickBank(frame)
    await look('login')
    await signIn(frame)
    await title(frame, '¿Desde qué cuenta pagas?')
    await look('accounts')
    await pickAccount(frame)
    await title(frame, 'Revisa y confirma')
    await look('confirm')
    await frame.getByRole('button', { name: 'Pagar $12.990' }).click()
    await title(frame, 'Escribe el código que te llegó')
    await look('code')
    await typeSms(frame)
    await screenshot(page, `fintoc-done-${device}`)
    await until(async () => (await told()).includes('SUCCESS'))
    expect(await told()).toEqual([
      'opened', 'on_available_institutions', 'on_authentication_form', 'payment_in_progress', 'selecting_account', 'payment_intent_confirmation_required', 'sms_authentication_required',
      'validating_second_factor', 'payment_created', 'SUCCESS', 'closed',
    ])
    expect((await mall.shop.get(id)).get('status')).toBe('succeeded')
    // The focus is back where the payer left it, and the frame is out of sight.
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('pay')
    await until(async () => !(await page.locator('iframe').isVisible()))
    expect(problems).toEqual([])
    await page.context().close()
  })

  test('an app, coordinates and a device', async () => {
    for (const [index, heading, codes] of [[1, 'Aprueba en la app de tu banco', []], [4, 'Tarjeta de coordenadas', ['00', '00', '00']], [0, 'Escribe el código de tu dispositivo', ['000000']]] as const) {
      const { token } = await mall.shop.create()
      const { page, frame } = await mall.visit(options, token)
      await login(frame)
      await choose(frame, index)
      await title(frame, heading)
      await checkAccessibility(page)
      await screenshot(page, `fintoc-factor${index}-${device}`)
      // The app approves by itself after five seconds.
      if (codes.length === 0) mall.shop.server.clock.advance(5_000)
      for (const [at, code] of codes.entries()) await frame.getByRole('textbox').nth(at).fill(code)
      if (codes.length > 0) await frame.getByRole('button', { name: 'Autorizar pago' }).click()
      await title(frame, '¡Pago listo!')
      await page.context().close()
    }
  })

  test('every failure is told in words, with a way back', async () => {
    for (const [row, words] of [[4, /saldo suficiente/], [5, /bloqueada/], [16, /supera el máximo/], [13, /destinatario nuevo/], [15, /cuenta del comercio/], [11, /no está disponible/]] as const) {
      const { token } = await mall.shop.create()
      const { page, frame, told } = await mall.visit(options, token)
      await login(frame, magic(row))
      await choose(frame, 0)
      await title(frame, 'No pudimos hacer el pago')
      await frame.getByText(words).waitFor()
      await checkAccessibility(page)
      if (row === 4) await screenshot(page, `fintoc-failed-${device}`)
      await frame.getByRole('button', { name: 'Volver al comercio' }).click()
      await until(async () => (await told()).slice(-2).join() === 'EXIT,closed' || (await told()).slice(-2).join() === 'closed,EXIT')
      expect(await told()).toContain('payment_error')
      await page.context().close()
    }
  })

  test('a wrong password, a wrong RUT and a bank that is down can be put right on the spot', async () => {
    const { token } = await mall.shop.create()
    const { page, frame } = await mall.visit(options, token)
    await login(frame, '111111112', '')
    await frame.getByText('Ese RUT no es correcto', { exact: false }).waitFor()
    await frame.getByText('Escribe tu clave.').waitFor()
    await checkAccessibility(page)
    await signIn(frame, '41614850-3', 'aryastark')
    await frame.getByRole('alert').getByText(/no reconoció/).waitFor()
    expect(await frame.getByLabel('RUT').inputValue()).toBe('41.614.850-3')
    await frame.getByRole('button', { name: 'Volver' }).click()
    await login(frame, magic(1))
    await frame.getByRole('alert').getByText(/bloqueó el acceso/).waitFor()
    await frame.getByRole('button', { name: 'Volver' }).click()
    await login(frame, magic(2))
    await frame.getByRole('alert').getByText(/no está disponible/).waitFor()
    await signIn(frame)
    await title(frame, '¿Desde qué cuenta pagas?')
    await page.context().close()
  })
})

describe.each(DEVICES)('an end that the payer does not see, or does not wait for, on a %s', (device, options) => {
  test('the bank does not know yet: in words, with a way back; and the shop is told the end', async () => {
    const { id, token } = await mall.shop.create()
    const { page, frame, told } = await mall.visit(options, token)
    await login(frame)
    await choose(frame, 6)
    await title(frame, 'Tu banco está procesando el pago')
    await checkAccessibility(page)
    await screenshot(page, `fintoc-pending-${device}`)
    await frame.getByRole('button', { name: 'Volver al comercio' }).click()
    await until(async () => (await told()).includes('EXIT'))
    expect(await told()).not.toContain('SUCCESS')
    await expectHeard(mall, id, 'payment_intent.pending')
    mall.shop.server.clock.advance(60_000)
    await expectHeard(mall, id, 'payment_intent.succeeded')
    await page.context().close()
  })

  test('refused in the app, or by a wrong code: in words, and rejected', async () => {
    for (const refuse of [
      async (frame: Visit['frame']) => {
        await choose(frame, 1)
        await frame.getByRole('button', { name: 'No autorizar' }).click()
      },
      async (frame: Visit['frame']) => {
        await choose(frame)
        await frame.getByLabel('Código del SMS').fill('9999')
        await frame.getByRole('button', { name: 'Autorizar pago' }).click()
      },
    ]) {
      const { id, token } = await mall.shop.create()
      const { page, frame, told } = await mall.visit(options, token)
      await login(frame)
      await refuse(frame)
      await title(frame, 'No pudimos hacer el pago')
      await frame.getByText('La transferencia no fue autorizada.').waitFor()
      await expectHeard(mall, id, 'payment_intent.rejected')
      await frame.getByRole('button', { name: 'Volver al comercio' }).click()
      await until(async () => (await told()).includes('EXIT'))
      await page.context().close()
    }
  })

  test('the tab is closed before the code: the shop hears of it all the same', async () => {
    const { id, token } = await mall.shop.create()
    const { page, frame } = await mall.visit(options, token)
    await login(frame)
    await choose(frame)
    await title(frame, 'Escribe el código que te llegó')
    await page.close()
    mall.shop.server.clock.advance(3_600_000)
    await expectHeard(mall, id, 'payment_intent.failed')
    await page.context().close()
  })
})

describe.each(DEVICES)('leaving, on a %s', (device, options) => {
  test('before the sign-in ends nothing: the widget opens again', async () => {
    const { id, token } = await mall.shop.create()
    const { page, frame, told } = await mall.visit(options, token)
    await title(frame, 'Elige tu banco')
    await frame.getByRole('button', { name: 'Cerrar' }).click()
    await until(async () => (await told()).includes('EXIT'))
    expect((await mall.shop.get(id)).get('status')).toBe('created')
    await page.getByRole('button', { name: 'Pagar' }).click()
    await title(frame, 'Elige tu banco')
    await page.context().close()
  })

  test('after it is asked first, and ends in payment_intent.failed', async () => {
    const { id, token } = await mall.shop.create()
    const { page, frame, told } = await mall.visit(options, token)
    await login(frame)
    await title(frame, '¿Desde qué cuenta pagas?')
    await page.keyboard.press('Escape')
    await frame.getByRole('dialog').waitFor()
    await checkAccessibility(page)
    await screenshot(page, `fintoc-leave-${device}`)
    await frame.getByRole('button', { name: 'Seguir pagando' }).click()
    await frame.getByRole('button', { name: 'Cerrar' }).click()
    await frame.getByRole('button', { name: 'Salir' }).click()
    await until(async () => (await told()).includes('EXIT'))
    await expectStatus(mall, id, 'failed')
    await expectHeard(mall, id, 'payment_intent.failed')
    expect(await told()).not.toContain('SUCCESS')
    await page.context().close()
  })

  test('by reload: the same tab goes on where it was, another window is told', async () => {
    const { id, token } = await mall.shop.create()
    const { page, frame } = await mall.visit(options, token)
    await login(frame)
    await title(frame, '¿Desde qué cuenta pagas?')
    await page.reload()
    await page.getByRole('button', { name: 'Pagar' }).click()
    await title(frame, '¿Desde qué cuenta pagas?')
    const other = await mall.visit(options, token)
    await title(other.frame, 'Este enlace de pago ya no sirve')
    await other.frame.getByText(/otra ventana/).waitFor()
    await checkAccessibility(other.page)
    await other.page.context().close()
    await choose(frame)
    await typeSms(frame)
    await expectStatus(mall, id, 'succeeded')
    await page.context().close()
  })

  test('until the token has expired: in words, with a way back; and the shop hears of it', async () => {
    const { id, token } = await mall.shop.create()
    const { page, frame, told } = await mall.visit(options, token)
    await pickBank(frame)
    // Open in front of the payer, and too late all the same.
    mall.shop.server.clock.advance(11 * 60_000)
    await signIn(frame)
    await frame.getByText('Se acabó el tiempo para pagar.', { exact: false }).waitFor()
    await checkAccessibility(page)
    await frame.getByRole('button', { name: 'Volver al comercio' }).click()
    await until(async () => (await told()).includes('EXIT'))
    await expectHeard(mall, id, 'payment_intent.expired')
    await page.reload()
    await page.getByRole('button', { name: 'Pagar' }).click()
    await title(frame, 'Este pago ya terminó')
    expect(await frame.getByRole('button', { name: 'Volver al comercio' }).count()).toBe(1)
    await page.context().close()
  })
})

describe('what goes wrong by accident', () => {
  test('the connection breaks: in words, nothing is lost, and nobody pays twice', async () => {
    const { id, token } = await mall.shop.create()
    const { page, frame } = await mall.visit(phone, token)
    await login(frame)
    await pickAccount(frame)
    await page.context().setOffline(true)
    await frame.getByRole('button', { name: /^Pagar \$/ }).click()
    await frame.getByRole('alert').getByText(/no pagarás dos veces/).waitFor()
    await checkAccessibility(page)
    await page.context().setOffline(false)
    await frame.getByRole('button', { name: /^Pagar \$/ }).click()
    await typeSms(frame)
    await expectStatus(mall, id, 'succeeded')
    const [row] = await mall.shop.server.db.query<{ n: bigint }>('SELECT count(*) AS n FROM attempts WHERE payment_id = $1', [id])
    expect(Number(row?.n)).toBe(1)
    await page.context().close()
  })

  test('the connection breaks before anything is shown: in words, and one press goes on', async () => {
    const { token } = await mall.shop.create()
    const { page, frame } = await mall.visit(desktop, token, { open: false })
    // The frame is there; what it asks the server for is not.
    await page.route('**/v1/widget/open', (route) => route.abort())
    await page.getByRole('button', { name: 'Pagar' }).click()
    await frame.getByText(/No pudimos conectarnos/).waitFor()
    await checkAccessibility(page)
    await page.unroute('**/v1/widget/open')
    await frame.getByRole('button', { name: 'Intentar otra vez' }).click()
    await title(frame, 'Elige tu banco')
    await page.context().close()
  })

  test('a double click on Pagar: one transfer', async () => {
    const { id, token } = await mall.shop.create()
    const { page, frame } = await mall.visit(desktop, token)
    await login(frame)
    await pickAccount(frame)
    await frame.getByRole('button', { name: /^Pagar \$/ }).dblclick()
    await title(frame, 'Escribe el código que te llegó')
    const [row] = await mall.shop.server.db.query<{ n: bigint }>('SELECT count(*) AS n FROM attempts WHERE payment_id = $1', [id])
    expect(Number(row?.n)).toBe(1)
    await page.context().close()
  })

  test('a payment that the shop has ended: in words', async () => {
    const { id, token } = await mall.shop.create()
    await mall.shop.api('POST', `/v1/payment_intents/${id}/expire`)
    const { page, frame } = await mall.visit(phone, token)
    await title(frame, 'Este pago ya terminó')
    expect(await frame.getByRole('button', { name: 'Volver al comercio' }).count()).toBe(1)
    await page.context().close()
  })
})
