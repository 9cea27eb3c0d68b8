import type { en } from './en.ts'

/** The name of one text. */
export type TextKey = keyof typeof en

/** Keys that exist for one and for other numbers. */
export type PluralKey = TextKey extends infer Key ? (Key extends `${infer Stem}_one` ? Stem : never) : never

/** One language: every text, none left out; and a form for a few things, where the language has one between one and many. */
export type Catalogue = Readonly<Record<TextKey, string>> & { readonly [Key in `${PluralKey}_few`]?: string }
