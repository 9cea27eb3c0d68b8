import { count, element, say, settings } from './page.ts'

const SHOWN_S = 300
const SPOKEN_S: readonly number[] = [300, 60]

/**
 * Shows the time that is left, in the last five minutes only, and says it at five minutes and at one. The moving numbers themselves
 * are not announced. Counts by the clock, not by ticks, because a phone in a pocket does not tick.
 */
export function startTimer(speak: (text: string) => void, over: () => void): void {
  if (settings.expires_in_s === undefined) return
  const end = Date.now() + settings.expires_in_s * 1000
  let spoken = Infinity
  const tick = (): void => {
    const left = Math.ceil((end - Date.now()) / 1000)
    if (left <= 0) return over()
    if (left <= SHOWN_S) {
      element('timer').hidden = false
      element('timer-text').textContent = say('time_left', { time: `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}` })
      const mark = SPOKEN_S.findLast((seconds) => left <= seconds) ?? SHOWN_S
      if (mark < spoken) speak(count('minutes_left', Math.ceil(left / 60)))
      spoken = mark
    }
    setTimeout(tick, left > SHOWN_S ? Math.min((left - SHOWN_S) * 1000, 60_000) : (end - Date.now()) % 1000 || 1000)
  }
  tick()
}
