interface StatusSettings {
  readonly poll_url?: string
  /** What a payer is told who waits for long. */
  readonly long?: string
  readonly return_url?: string
  /** The text for each number of seconds that are left. */
  readonly texts?: readonly string[]
}

const settings = JSON.parse(document.getElementById('settings')?.textContent ?? '{}') as StatusSettings
const WAIT_MS = [1000, 1500, 2000, 3000, 5000] as const
const LONG_MS = 20_000

function go(url: string): void {
  const target = new URL(url, location.href)
  if (/^https?:$/.test(target.protocol)) location.replace(target.href)
}

/** Asks until the payment has an outcome, slower and slower; a lost answer is asked for again. */
async function wait(url: string | undefined): Promise<void> {
  for (let round = 0; ; round++) {
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS[Math.min(round, WAIT_MS.length - 1)]))
    if (document.hidden) continue
    if (url === undefined) return location.reload()
    const answer = await fetch(url, { headers: { accept: 'application/json' }, cache: 'no-store' })
      .then((got) => got.json() as Promise<{ status?: string; url?: string }>)
      .catch(() => undefined)
    if (answer?.status === undefined || answer.status === 'pending') continue
    return answer.url === undefined ? location.reload() : go(answer.url)
  }
}

/** Shows the way out. The text comes after its box, so that it is read out. */
function showLong(): void {
  const box = document.getElementById('long')
  const line = document.getElementById('long-text')
  if (!box || !line) return
  box.hidden = false
  line.textContent = settings.long ?? ''
}

/** Counts down and returns to the merchant, unless the payer wants to stay. */
function countDown(url: string, texts: readonly string[]): void {
  const box = document.getElementById('returning')
  const line = document.getElementById('returning-text')
  if (!box || !line) return
  let left = texts.length - 1
  const timer = setInterval(() => {
    left -= 1
    line.textContent = texts[left] ?? ''
    if (left > 0) return
    clearInterval(timer)
    go(url)
  }, 1000)
  line.textContent = texts[left] ?? ''
  box.hidden = false
  const stop = (): void => {
    clearInterval(timer)
    box.hidden = true
  }
  document.getElementById('stay')?.addEventListener('click', stop)
  // Back from the merchant to this page must not throw the payer forward again.
  addEventListener('pageshow', (event) => event.persisted && stop())
}

if (settings.return_url !== undefined && settings.texts) {
  const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
  if (entry?.type !== 'back_forward') countDown(settings.return_url, settings.texts)
} else {
  void wait(settings.poll_url)
  setTimeout(showLong, LONG_MS)
}
