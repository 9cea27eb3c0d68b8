/** Filling in the card page in a browser. */
import { describe, expect, it } from 'vitest'
import { SAVED, usePayer } from '../../../test/pages/payer.ts'
import { desktop } from '../../../test/support/browser.ts'

const payer = usePayer()

describe('filling in', () => {
  it('says what is wrong after leaving a field or pressing the button, never while typing', async () => {
    await payer.open({}, desktop)
    const number = payer.page.getByLabel('Card number')
    const error = payer.page.locator('#card_number-error')
    await number.pressSequentially('4242 4242 4242 4241')
    expect(await error.isVisible()).toBe(false)
    await payer.page.keyboard.press('Tab')
    expect(await error.textContent()).toBe('This card number is not right. Check the digits.')
    expect(await number.getAttribute('aria-invalid')).toBe('true')
    // The focus is elsewhere by now, so it is said as well.
    expect(await payer.page.locator('#spoken[role=status]').textContent()).toBe('This card number is not right. Check the digits.')
    expect(await number.getAttribute('aria-describedby')).toContain('card_number-error')
    await payer.page.keyboard.press('Shift+Tab')
    await payer.page.keyboard.press('End')
    await payer.page.keyboard.press('Backspace')
    expect(await error.isVisible()).toBe(true)
    await payer.page.keyboard.press('2')
    expect(await error.isVisible()).toBe(false)
    expect(await payer.page.locator('#spoken').textContent()).toBe('')
  })

  it('goes to the first wrong field and says how many there are', async () => {
    await payer.open()
    await payer.pay()
    expect(await payer.focused()).toBe('card_number')
    expect(await payer.page.locator('#live').textContent()).toBe('Please correct 3 fields.')
    await payer.fill('4242 4242 4242 4242', '13/30', '12')
    await payer.pay()
    expect(await payer.focused()).toBe('exp')
    expect(await payer.page.locator('#cvv-error').textContent()).toBe('The security code has 3 digits.')
    expect(await payer.page.locator('#live').textContent()).toBe('Please correct 2 fields.')
    await payer.page.getByLabel('Expiry date').fill('12/30')
    expect(await payer.page.locator('#live').textContent()).toBe('Please correct 1 field.')
    await payer.page.getByLabel('Security code').fill('123')
    expect(await payer.page.locator('#live').textContent()).toBe('')
    expect(payer.gateway.submits).toEqual([])
  })

  it('hears the button also when the error of the field just left would move it away', async () => {
    await payer.open({}, desktop)
    await payer.fill('4242 4242 4242 4242', '04/31', '12')
    const box = await payer.page.getByRole('button', { name: /Pay/ }).boundingBox()
    if (!box) throw new Error('no button')
    await payer.page.mouse.click(box.x + box.width / 2, box.y + 3)
    expect(await payer.page.locator('#live').textContent()).toBe('Please correct 1 field.')
    expect(await payer.focused()).toBe('cvv')
    expect(await payer.page.locator('#cvv-error').textContent()).toBe('The security code has 3 digits.')
  })

  it('groups the number without moving the caret', async () => {
    await payer.open({}, desktop)
    const number = payer.page.getByLabel('Card number')
    await number.pressSequentially('42424242')
    expect(await number.inputValue()).toBe('4242 4242')
    for (let press = 0; press < 5; press++) await number.press('ArrowLeft')
    await number.press('9')
    expect(await number.inputValue()).toBe('4242 9424 2')
    await number.pressSequentially('8')
    expect(await number.inputValue()).toBe('4242 9842 42')
    for (const expected of ['4242 9424 2', '4242 4242', '4244 242', '4242 42']) {
      await number.press('Backspace')
      expect(await number.inputValue()).toBe(expected)
    }
  })

  it('knows the brand, its grouping and its code', async () => {
    await payer.open()
    await payer.page.getByLabel('Card number').fill('378282246310005')
    expect(await payer.page.getByLabel('Card number').inputValue()).toBe('3782 822463 10005')
    expect(await payer.page.locator('#mark').getAttribute('data-brand')).toBe('american-express')
    expect(await payer.page.locator('#code-mark').getAttribute('data-code')).toBe('4')
    expect(await payer.page.locator('#cvv-hint').textContent()).toBe('4 digits on the front')
    await payer.page.getByLabel('Security code').pressSequentially('12345')
    expect(await payer.page.getByLabel('Security code').inputValue()).toBe('1234')
  })

  it('drops a digit too many only when it was just typed at the end', async () => {
    await payer.open({}, desktop)
    const number = payer.page.getByLabel('Card number')
    await number.pressSequentially('51238172340600009')
    expect(await number.inputValue()).toBe('5123 8172 3406 0000')
    await payer.page.keyboard.press('Home')
    await payer.page.keyboard.press('ArrowRight')
    await payer.page.keyboard.type('1')
    expect(await number.inputValue()).toBe('5112 3817 2340 60000')
    await payer.page.keyboard.press('Tab')
    expect(await payer.page.locator('#card_number-error').textContent()).toBe('This card number has the wrong number of digits.')
  })

  it.each([
    ['4242-4242-4242-4242', '4242 4242 4242 4242'],
    ['４２４２４２４２４２４２４２４２', '4242 4242 4242 4242'],
  ])('accepts a number like %s', async (typed, shown) => {
    await payer.open()
    await payer.page.getByLabel('Card number').fill(typed)
    expect(await payer.page.getByLabel('Card number').inputValue()).toBe(shown)
  })

  it.each([['04/2031'], ['2031-04'], ['0431'], ['4/31'], ['04 / 31']])('accepts an expiry date like %s', async (typed) => {
    await payer.open()
    await payer.page.getByLabel('Expiry date').fill(typed)
    await payer.page.getByLabel('Security code').focus()
    expect(await payer.page.getByLabel('Expiry date').inputValue()).toBe('04/31')
  })

  it('lets an expiry date be corrected backwards', async () => {
    await payer.open({}, desktop)
    const expiry = payer.page.getByLabel('Expiry date')
    await expiry.pressSequentially('1231')
    for (const expected of ['12/3', '12/', '12', '1', '']) {
      await expiry.press('Backspace')
      expect(await expiry.inputValue()).toBe(expected)
    }
  })
})

describe('saved cards', () => {
  it('need the security code only', async () => {
    await payer.open({ saved_cards: SAVED, ask_holder: true, allow_remember: true })
    expect(await payer.page.getByLabel('Card number').isVisible()).toBe(false)
    await payer.page.getByText('American Express ending in 0005').click()
    await payer.page.getByLabel('Security code').fill('1234')
    await payer.pay()
    await payer.page.waitForURL('**/done')
    expect(payer.sent()).toMatchObject({ session: 's1', saved_card: 'c2', cvv: '1234' })
    expect(payer.sent()).not.toHaveProperty('card_number')
  })

  it('leave room for another card', async () => {
    await payer.open({ saved_cards: SAVED })
    await payer.page.getByText('Another card').click()
    await payer.fill()
    await payer.pay()
    await payer.page.waitForURL('**/done')
    expect(payer.sent()).toMatchObject({ card_number: '4242424242424242', saved_card: null })
  })

  it('may be decided beforehand', async () => {
    await payer.open({ predefined: SAVED[0] })
    expect(await payer.page.getByRole('textbox').count()).toBe(1)
    await payer.page.getByLabel('Security code').fill('123')
    await payer.pay()
    await payer.page.waitForURL('**/done')
    expect(payer.sent()).toMatchObject({ saved_card: 'c1', cvv: '123' })
  })
})
