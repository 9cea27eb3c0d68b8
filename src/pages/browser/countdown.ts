/** What happens while time runs out. */
export interface Countdown {
  readonly in_s: number
  /** From how many seconds before the end `show` is called. */
  readonly from_s: number
  /** Every second, with the time that is left as `4:09` or `1:04:09`. The moving numbers themselves are not announced. */
  readonly show: (time: string) => void
  /** At five minutes and at one, for a screen reader. */
  readonly speak: (minutes: number) => void
  readonly over: () => void
}

const SPOKEN_S: readonly number[] = [300, 60]
const PAUSE_MS = 60_000

/** Counts by the clock, not by ticks, because a phone in a pocket does not tick. */
export function startCountdown({ in_s, from_s, show, speak, over }: Countdown): void {
  const end = Date.now() + in_s * 1000
  const start_s = Math.max(from_s, ...SPOKEN_S)
  let spoken = Infinity
  const tick = (): void => {
    const left = Math.ceil((end - Date.now()) / 1000)
    if (left <= 0) return over()
    if (left <= from_s) show(clock(left))
    const mark = SPOKEN_S.findLast((seconds) => left <= seconds) ?? Infinity
    if (mark < spoken) speak(Math.ceil(left / 60))
    spoken = mark
    setTimeout(tick, left > start_s ? Math.min((left - start_s) * 1000, PAUSE_MS) : (end - Date.now()) % 1000 || 1000)
  }
  tick()
}

function clock(seconds: number): string {
  const two = (part: number): string => String(part % 60).padStart(2, '0')
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${minutes}:${two(seconds)}` : `${Math.floor(minutes / 60)}:${two(minutes)}:${two(seconds)}`
}
