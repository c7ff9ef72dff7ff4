// Which language a page is in: the one that was set, or of those with words the browser's dearest.

import { english } from './english.ts'
import { german } from './german.ts'
import type { PageTexts } from './page-texts.ts'

/** What an application says of languages; `lang` is one that has words. */
export interface LanguageOptions {
  readonly lang?: string
  readonly texts?: Readonly<Record<string, Partial<PageTexts>>>
}

/** A language with its words. */
export interface Language {
  readonly lang: string
  /** Which way it is written. */
  readonly direction: 'ltr' | 'rtl'
  readonly texts: PageTexts
}

/** Chooses a page's language by an `Accept-Language` field (RFC 9110 12.5.4). */
export type ChooseLanguage = (acceptLanguage: string | undefined) => Language

/** Makes the choice for an application; its options are right. */
export function createLanguageChoice({ lang, texts = {} }: LanguageOptions): ChooseLanguage {
  const languages = new Map(
    [...new Set(['en', 'de', ...Object.keys(texts)])].map((name) => [
      name.toLowerCase(),
      toLanguage(name, texts),
    ]),
  )
  const fallback = toLanguage(lang ?? 'en', texts)
  if (lang !== undefined) return () => fallback
  return (acceptLanguage) => {
    for (const wanted of readWanted(acceptLanguage ?? '')) {
      // `de-AT` may be had as `de`, and `pt` as `pt-BR`.
      const found =
        languages.get(wanted) ??
        languages.get(primaryOf(wanted)) ??
        [...languages].find(([name]) => primaryOf(name) === wanted)?.[1]
      if (found !== undefined) return found
    }
    return fallback
  }
}

function toLanguage(name: string, texts: NonNullable<LanguageOptions['texts']>): Language {
  const primary = primaryOf(name.toLowerCase())
  const ours = primary === 'de' ? german : english
  // Words of `en` count for `en-GB`, too, where that has no other.
  const broader = Object.entries(texts).find(([other]) => other.toLowerCase() === primary)?.[1]
  return {
    lang: name,
    direction: rightToLeft.has(primary) ? 'rtl' : 'ltr',
    texts: { ...ours, ...broader, ...texts[name] },
  }
}

/** The languages that a browser takes, the dearest first. */
function readWanted(acceptLanguage: string): readonly string[] {
  // Browsers send a few; of more the first will do.
  const members = acceptLanguage.slice(0, 1000).toLowerCase().split(',').slice(0, 20)
  const ranges = members.map((member) => {
    const [range = '', ...parameters] = member.split(';')
    const weight = parameters.find((parameter) => parameter.trim().startsWith('q='))?.trim()
    return { range: range.trim(), quality: weight === undefined ? 1 : Number(weight.slice(2)) }
  })
  return ranges
    .filter(({ quality }) => quality > 0)
    .sort((one, other) => other.quality - one.quality)
    .map(({ range }) => range)
}

function primaryOf(lang: string): string {
  return lang.split('-', 1)[0] ?? lang
}

const rightToLeft: ReadonlySet<string> = new Set(
  'ar arc ckb dv fa he ks ku nqo ps sd syr ug ur yi'.split(' '),
)
