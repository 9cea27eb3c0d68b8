import { expect, it } from 'vitest'
import { readConfig, type Config } from '../config.ts'
import { greeting } from './greeting.ts'

const greet = (env: Readonly<Record<string, string | undefined>>): string => {
  const config = readConfig(env)
  return greeting(config.ok ? config.value : ({} as Config))
}

it('warns who shows the demo merchant to others: its keys are published', () => {
  for (const env of [{ TENDER_PUBLIC_URL: 'https://pay.example' }, { HOST: '0.0.0.0' }, { HOST: '192.0.2.7' }]) expect(greet(env)).toContain('TENDER_DEMO=off')
  for (const env of [{}, { PORT: '9000' }, { HOST: '::1' }, { TENDER_PUBLIC_URL: 'http://127.0.0.1:8080' }, { TENDER_PUBLIC_URL: 'https://pay.example', TENDER_DEMO: 'off' }]) expect(greet(env)).not.toContain('TENDER_DEMO=off')
})
