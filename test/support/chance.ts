/**
 * Property tests draw the same values in every run: two runs of one commit say the same. `FC_SEED=…` draws others.
 * Loaded before every test file (vitest.config.ts).
 */
import fc from 'fast-check'

fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 20_261_120) })
