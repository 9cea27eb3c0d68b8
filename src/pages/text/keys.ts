import type { en } from './en.ts'

/** The name of one text. */
export type TextKey = keyof typeof en

/** One language: every text, none left out. */
export type Catalogue = Readonly<Record<TextKey, string>>
