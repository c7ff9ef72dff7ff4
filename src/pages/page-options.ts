// What an application says of the pages that people see: their meaning, and what is wrong with them.

import {
  aBoolean,
  checkOptions,
  fitting,
  oneOf,
  optionError,
  textLike,
  wholeNumber,
  type OptionRule,
  type OptionRules,
} from '../options.ts'
import { english } from './words/english.ts'
import type { PageTexts } from './words/page-texts.ts'

/** How pages look and speak; the same for all of an application. */
export interface PageOptions {
  /**
   * The language of all pages: `en`, `de`, or one of `texts` (BCP 47, such as `pt-BR`). Default: of
   * these the one that the browser likes best, else English.
   */
  readonly lang?: string
  /** Words, by language: some of the English or German ones in others, or a language that we don't speak. */
  readonly texts?: Readonly<Record<string, Partial<PageTexts>>>
  /** The name of whoever asks, at the top of each page, of 80 characters at most. Default: none. */
  readonly name?: string
  /**
   * A picture beside the name, as a `data:` URL of PNG, JPEG, WebP, GIF, AVIF or SVG, of 100,000
   * characters at most: each page has all of it. Default: none.
   */
  readonly logo?: string
  /** The colour of buttons and bars, `#rrggbb`; text on it is black or white, whichever is read better. Default: a blue. */
  readonly accentColor?: string
  /** Origins whose pages may frame ours, such as `https://app.example`, and `self`. Default: none. */
  readonly frameAncestors?: readonly string[]
}

/** A text field of the upload page. */
export interface PageField {
  /** The form's field: the handler's `fields` has its value. Unique, up to 64 of A-Z a-z 0-9 _ . -. */
  readonly name: string
  /** What stands above it. */
  readonly label: string
  /** What may be written: one line, several, or an address. Default `text`. */
  readonly type?: 'text' | 'textarea' | 'email'
  /** Whether it must be filled in. The page says so; the kind's `fields` schema holds it. Default false. */
  readonly required?: boolean
  /** The most characters, up to 65,536. Default: what `maxFieldBytes` allows. */
  readonly maxLength?: number
}

/** What the upload page of a kind says. */
export interface UploadPageOptions {
  /** Its heading, of 200 characters at most. Default "Send a file". */
  readonly title?: string
  /** What whoever asks wants to say, of 5,000 characters at most; an empty line begins a new paragraph. */
  readonly message?: string
  /** Text fields beside the files. With them nothing is resumed: only a form can carry fields. */
  readonly fields?: readonly PageField[]
}

/** A host of plain characters: a URL's may hold `;`, which would begin another directive. */
function isFrameAncestor(origin: unknown): boolean {
  if (typeof origin !== 'string') return false
  return (
    origin === 'self' || (/^https?:\/\/[A-Za-z0-9.:[\]-]+$/.test(origin) && URL.canParse(origin))
  )
}

/** Whether an Intl of this runtime knows what a language's name means. */
function isLanguage(lang: unknown): boolean {
  try {
    return typeof lang === 'string' && Intl.getCanonicalLocales(lang).length === 1
  } catch {
    return false
  }
}

const textsRule: OptionRule = (texts) => {
  if (typeof texts !== 'object' || texts === null)
    return { reason: 'must be an object of texts by language' }
  for (const [lang, given] of Object.entries(texts)) {
    if (!isLanguage(lang)) return { reason: `has "${lang}", which is no language (BCP 47)` }
    if (typeof given !== 'object' || given === null)
      return { reason: `must have an object of texts for "${lang}"` }
    for (const [name, text] of Object.entries(given))
      if (!Object.hasOwn(english, name) || typeof text !== 'string')
        return { reason: `has "${name}" in "${lang}", which is no text of a page` }
  }
  return null
}

const rules: OptionRules<PageOptions> = {
  lang: fitting(isLanguage, 'must be a language, such as "en" or "pt-BR"'),
  texts: textsRule,
  name: textUpTo(80),
  logo: fitting(
    (logo) =>
      typeof logo === 'string' &&
      logo.length <= 100_000 &&
      /^data:image\/(?:png|jpeg|webp|gif|avif|svg\+xml)(?:;[a-z0-9=-]+)*,[!-~]+$/.test(logo),
    'must be a "data:" URL of a picture (PNG, JPEG, WebP, GIF, AVIF, SVG) of at most 100,000 characters',
  ),
  accentColor: textLike(/^#[0-9A-Fa-f]{6}$/, 'must be a colour such as "#1d4ed8"'),
  frameAncestors: fitting(
    (origins) => Array.isArray(origins) && origins.every(isFrameAncestor),
    'must be an array of origins such as "https://app.example", or "self"',
  ),
}

/** Checks what an application says of its pages. @throws TypeError naming the option. */
export function checkPageOptions(where: string, options: PageOptions): void {
  checkOptions(where, options, rules)
  const { lang, texts = {} } = options
  const spoken = new Set(['en', 'de', ...Object.keys(texts)])
  if (lang !== undefined && !spoken.has(lang))
    throw optionError(where, {
      option: 'lang',
      reason: `must be one of ${[...spoken].join(', ')}; for others set their words in`,
      other: 'texts',
    })
}

const fieldRules: OptionRules<PageField> = {
  name: textLike(/^[A-Za-z0-9_.-]{1,64}$/, 'must be 1 to 64 of the characters A-Z a-z 0-9 _ . -'),
  label: textUpTo(200),
  type: oneOf('text', 'textarea', 'email'),
  required: aBoolean,
  maxLength: wholeNumber(1, 65_536, ''),
}

const uploadRules: OptionRules<UploadPageOptions> = {
  title: textUpTo(200),
  message: textUpTo(5000),
  fields: fitting(
    (fields) => Array.isArray(fields) && fields.length <= 20,
    'must be an array of at most 20 fields',
  ),
}

/** Checks what a kind says of its page. @throws TypeError, RangeError naming the option. */
export function checkUploadPageOptions(where: string, options: UploadPageOptions): void {
  checkOptions(where, options, uploadRules)
  const fields = options.fields ?? []
  for (const field of fields)
    checkOptions(`${where}, a field`, field, fieldRules, ['name', 'label'])
  if (new Set(fields.map(({ name }) => name)).size < fields.length)
    throw optionError(where, { option: 'fields', reason: 'must not have two of one name' })
}

function textUpTo(maxChars: number): OptionRule {
  return fitting(
    (text) => typeof text === 'string' && text.trim() !== '' && text.length <= maxChars,
    `must be a text of 1 to ${maxChars} characters`,
  )
}
