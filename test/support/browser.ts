/**
 * A real Chromium for browser tests.
 *
 * @example
 * const browser = await openBrowser()
 * const page = await (await browser.newContext(phone)).newPage()
 * await page.goto(address)
 * await checkAccessibility(page)
 * await screenshot(page, 'card-page-phone')
 */
import { AxeBuilder } from '@axe-core/playwright'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { findChromium } from './chromium.ts'

/** A telephone: narrow, touched by fingers. */
export const phone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, locale: 'en-GB' }

/** A computer with a mouse. */
export const desktop: BrowserContextOptions = { viewport: { width: 1280, height: 800 }, locale: 'en-GB' }

const flags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
]

/** Starts a browser with an empty profile of its own. Close it when done. */
export async function openBrowser(): Promise<Browser> {
  const { executablePath, env } = await findChromium()
  return chromium.launch({ executablePath, headless: true, args: flags, env: { ...process.env, ...env } })
}

/** Proves that a browser can start here; throws one clear sentence when it cannot. The test command asks this before the browser tests. */
export async function prepareBrowser(): Promise<void> {
  try {
    await (await openBrowser()).close()
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n')
    throw new Error(`no browser could start, and the browser tests need one: ${reason}`, { cause: error })
  }
}

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa']

/** Throws when axe finds a violation of WCAG 2.2 A or AA on the page as it stands, frames included. */
export async function checkAccessibility(page: Page): Promise<void> {
  // Half-way through a fade every colour is a paler one. What turns for ever (a spinner) is not waited for.
  const settle = 'Promise.all(document.getAnimations().filter((one) => Number.isFinite(one.effect?.getComputedTiming().endTime)).map((one) => one.finished.catch(() => undefined))).then(() => undefined)'
  await Promise.all(page.frames().map((frame) => frame.evaluate(settle).catch(() => undefined)))
  const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze()
  if (violations.length === 0) return
  const lines = violations.flatMap((violation) => [
    `${violation.id} (${violation.impact}): ${violation.help}`,
    ...violation.nodes.map((node) => `    ${node.html}\n      ${node.failureSummary?.replaceAll('\n', '\n      ') ?? ''}`),
  ])
  throw new Error(`${page.url()} is not accessible\n${lines.join('\n')}`)
}

/** Saves the whole page as test-output/<name>.png, to be looked at; returns the path. */
export async function screenshot(page: Page, name: string): Promise<string> {
  const folder = join(import.meta.dirname, '../../test-output')
  await mkdir(folder, { recursive: true })
  const path = join(folder, `${name}.png`)
  await page.screenshot({ path, fullPage: true })
  return path
}
