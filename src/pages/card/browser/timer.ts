import { startCountdown } from '../../browser/countdown.ts'
import { count, element, say, settings } from './page.ts'

/** Shows the time that is left when it gets short, or all the time where the page asks for it, and ends the form. */
export function startTimer(speak: (text: string) => void, over: () => void): void {
  if (settings.expires_in_s === undefined) return
  startCountdown({
    in_s: settings.expires_in_s,
    from_s: settings.counter_from_s,
    show: (time) => {
      element('timer').hidden = false
      element('timer-text').textContent = say('time_left', { time })
    },
    speak: (minutes) => speak(count('minutes_left', minutes)),
    over,
  })
}
