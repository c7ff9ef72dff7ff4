// What went wrong, for people. `{limit}`, `{accept}` and `{detail}` are filled in; a text that names
// what is not known gives way to the plain one.

/** Words for people by the code of an error; what is missing is taken from ours. */
export type UploadWords = Readonly<Record<string, string>>

const tooMuch = [
  'This is too much: no more than {limit}, please.',
  'Das ist zu viel: bitte höchstens {limit}.',
] as const

/** In English and in German. */
const ours: Readonly<Record<string, readonly [english: string, german: string]>> = {
  'file-unreadable': [
    'This file was changed or moved.',
    'Diese Datei wurde geändert oder verschoben.',
  ],
  'network-failed': ['The connection was lost.', 'Die Verbindung wurde unterbrochen.'],
  'answer-lost': [
    'What came of it can’t be told any more.',
    'Was daraus wurde, ist nicht mehr zu erfahren.',
  ],
  'slot-missing': [
    'This link has been used, has expired, or was never valid.',
    'Dieser Link wurde schon benutzt, ist abgelaufen oder war nie gültig.',
  ],
  'slot-busy': [
    'Another file is being sent to this link.',
    'An diesen Link wird gerade eine andere Datei gesendet.',
  ],
  'upload-other-file': [
    'Another file has been sent to this link.',
    'An diesen Link wurde eine andere Datei gesendet.',
  ],
  'upload-too-large': tooMuch,
  'upload-too-small': [
    'This file is too small: at least {limit}, please.',
    'Diese Datei ist zu klein: bitte mindestens {limit}.',
  ],
  'upload-too-many': tooMuch,
  'upload-type-refused': [
    'This file is of a type that is not taken. Taken are: {accept}.',
    'Diese Art Datei wird nicht angenommen, sondern: {accept}.',
  ],
  'upload-rejected': ['{detail}', '{detail}'],
  'server-failed': [
    'The server could not take it. Please try again later.',
    'Der Server konnte sie nicht annehmen. Bitte später noch einmal versuchen.',
  ],
  'upload-failed': ['This file was refused.', 'Diese Datei wurde abgelehnt.'],
}

/** In which language, and in whose words. */
export interface Speech {
  readonly language: string
  readonly words: UploadWords
}

/** What fills a text in. */
export interface Facts {
  readonly limit?: number
  readonly unit?: string
  readonly accept?: readonly string[] | null
  readonly detail?: string
}

/** Says what went wrong. */
export function sayError(code: string, status: number, facts: Facts, speech: Speech): string {
  const { language, words } = speech
  const { limit, unit, accept, detail } = facts
  const values: Readonly<Record<string, string | undefined>> = {
    limit: unit === 'bytes' && limit ? formatBytes(limit, language) : limit?.toString(),
    accept: accept?.join(', '),
    detail,
  }
  const own = /^de\b/i.test(language) ? 1 : 0
  for (const key of [code, status >= 500 ? 'server-failed' : 'upload-failed']) {
    let isKnown = true
    const said = (words[key] ?? ours[key]?.[own])?.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = values[name]
      isKnown &&= !!value
      return value ?? ''
    })
    if (said && isKnown) return said
  }
  return code
}

/** `5 MB`, in steps of 1,024 as limits are usually set, in the language's own way. */
export function formatBytes(bytes: number, language: string): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte']
  const step = Math.min(3, Math.floor(Math.log2(bytes || 1) / 10))
  try {
    return new Intl.NumberFormat(language, {
      style: 'unit',
      unit: units[step],
      unitDisplay: step ? 'short' : 'long',
      maximumFractionDigits: 1,
    }).format(bytes / 1024 ** step)
  } catch {
    // Pages and browsers also have what is no language to Intl: `en_US`, `en-US@posix`.
    return formatBytes(bytes, 'en')
  }
}
