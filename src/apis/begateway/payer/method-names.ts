/** What a payer reads for a method: brands have one name everywhere, other methods one in each language of the pages. */
import { apmMethod } from '../methods.ts'

type Translated = Readonly<Record<'es' | 'ru' | 'uk', string>>

const NAMES: Readonly<Record<string, Translated>> = {
  bank_transfer: { es: 'Transferencia bancaria', ru: 'Банковский перевод', uk: 'Банківський переказ' },
  net_banking: { es: 'Banca por internet', ru: 'Интернет-банк', uk: 'Інтернет-банк' },
  open_banking: { es: 'Banca abierta', ru: 'Открытый банкинг', uk: 'Відкритий банкінг' },
  card_transfer: { es: 'Transferencia con tarjeta', ru: 'Перевод с карты', uk: 'Переказ з картки' },
  credit_card_alternative: { es: 'Monedero de tarjetas', ru: 'Кошелёк с картой', uk: 'Гаманець із карткою' },
  crypto_currency: { es: 'Monedero de criptomonedas', ru: 'Криптокошелёк', uk: 'Криптогаманець' },
  wallet: { es: 'Monedero', ru: 'Кошелёк', uk: 'Гаманець' },
  qiwi_terminal: { es: 'Terminal QIWI', ru: 'Терминал QIWI', uk: 'Термінал QIWI' },
  voucher: { es: 'Cupón', ru: 'Ваучер', uk: 'Ваучер' },
  bogus: { es: 'Emulador', ru: 'Эмулятор', uk: 'Емулятор' },
}

/** The name of a method; the type itself where there is no such method. */
export function methodName(type: string, language: string): string {
  const translated = NAMES[type]?.[language.slice(0, 2) as keyof Translated]
  return translated ?? apmMethod(type)?.name ?? type
}
