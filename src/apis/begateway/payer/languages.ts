/** Languages of the payer's pages and e-mails (beGateway reference 3.1, "notification languages"). */
export const LANGUAGES = [
  'en', 'es', 'tr', 'de', 'it', 'ru', 'zh', 'fr', 'da', 'sv', 'no', 'fi', 'pl', 'ja', 'be', 'uk', 'ka', 'ro', 'az', 'lv', 'et', 'pt', 'sr', 'bn', 'tg', 'kk',
] as const

export type Language = (typeof LANGUAGES)[number]

/**
 * The language of a request. What the gateway does with a language outside of the list is not public; it becomes English here,
 * because the official clients clamp to the list themselves and never expect a refusal.
 */
export function languageOf(value: string | undefined): Language {
  const wanted = value?.toLowerCase().slice(0, 2)
  return LANGUAGES.find((language) => language === wanted) ?? 'en'
}
