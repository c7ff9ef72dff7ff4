// What the page of a request says, in the languages that it speaks.

/** The languages of the page. */
export type PageLanguage = 'en' | 'de'

/** What was wrong with what a person sent. */
export type PageFault = 'name' | 'password' | 'full' | 'busy' | 'unreadable'

/** The page's words. */
export interface PageWords {
  readonly heading: string
  readonly until: string
  readonly atMostBytes: (size: string) => string
  readonly atMostFiles: (count: number) => string
  readonly kinds: (list: string) => string
  readonly name: string
  readonly nameHint: string
  readonly password: string
  readonly goOn: string
  readonly files: (count: number) => string
  readonly send: string
  readonly faults: Readonly<Record<PageFault, string>>
}

/** The words of each language. */
export const pageWords: Readonly<Record<PageLanguage, PageWords>> = {
  en: {
    heading: 'Send files',
    until: 'Open until',
    atMostBytes: (size) => `Each file can have up to ${size}.`,
    atMostFiles: (count) => (count === 1 ? 'One file.' : `Up to ${count} files at once.`),
    kinds: (list) => `Taken are: ${list}.`,
    name: 'Your name',
    nameHint: 'So that it is clear who the files are from.',
    password: 'Password',
    goOn: 'Continue',
    files: (count) => (count === 1 ? 'Your file' : 'Your files'),
    send: 'Send',
    faults: {
      name: 'Please give your name, in at most 100 characters.',
      password: 'This password is not right. Please try again.',
      full: 'All places are taken at the moment. One may become free: please try again later.',
      busy: 'Too many people are trying right now. Please try again in a moment.',
      unreadable: 'That did not arrive as it should. Please try again.',
    },
  },
  de: {
    heading: 'Dateien senden',
    until: 'Offen bis',
    atMostBytes: (size) => `Jede Datei darf bis zu ${size} groß sein.`,
    atMostFiles: (count) => (count === 1 ? 'Eine Datei.' : `Bis zu ${count} Dateien auf einmal.`),
    kinds: (list) => `Angenommen werden: ${list}.`,
    name: 'Ihr Name',
    nameHint: 'Damit klar ist, von wem die Dateien sind.',
    password: 'Passwort',
    goOn: 'Weiter',
    files: (count) => (count === 1 ? 'Ihre Datei' : 'Ihre Dateien'),
    send: 'Senden',
    faults: {
      name: 'Bitte geben Sie Ihren Namen an, mit höchstens 100 Zeichen.',
      password: 'Dieses Passwort stimmt nicht. Bitte versuchen Sie es noch einmal.',
      full: 'Gerade sind alle Plätze vergeben. Es kann wieder einer frei werden: Bitte versuchen Sie es später noch einmal.',
      busy: 'Gerade versuchen es zu viele. Bitte versuchen Sie es gleich noch einmal.',
      unreadable: 'Das ist nicht richtig angekommen. Bitte versuchen Sie es noch einmal.',
    },
  },
}

/**
 * The language to speak, by an `Accept-Language` field (RFC 9110 12.5.4): the wanted one of highest
 * quality that there is, else English.
 */
export function choosePageLanguage(acceptLanguage: string | undefined): PageLanguage {
  let chosen: PageLanguage = 'en'
  let highest = 0
  // A browser's list is short; what is longer is nobody's wish.
  for (const member of (acceptLanguage ?? '').slice(0, 1000).split(',')) {
    const [range = '', ...parameters] = member.split(';')
    const [language = ''] = range.trim().toLowerCase().split('-', 1)
    const weight = parameters.map((each) => each.trim()).find((each) => each.startsWith('q='))
    const quality = weight === undefined ? 1 : Number(weight.slice(2))
    if ((language === 'en' || language === 'de') && quality > highest) {
      chosen = language
      highest = quality
    }
  }
  return chosen
}
