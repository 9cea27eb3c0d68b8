/** Birth dates, as merchants write them and as they come back. */

/**
 * The date as `YYYY-MM-DD`; `16/12/1997` and `16.12.1997` are read too, day first (beGateway reference 4, shape rule 2).
 * Undefined for anything that is not a day of the calendar.
 */
export function normalBirthDate(value: string): string | undefined {
  const iso = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value)
  if (iso !== null) return calendarDay(iso[1], iso[2], iso[3])
  const dayFirst = /^(\d{1,2})[./-](\d{1,2})[./-](\d{4})$/.exec(value)
  return dayFirst === null ? undefined : calendarDay(dayFirst[3], dayFirst[2], dayFirst[1])
}

function calendarDay(year = '', month = '', day = ''): string | undefined {
  const text = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) ? text : undefined
}
