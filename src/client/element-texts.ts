// The words of `<titofisto-upload>`, besides those of errors.

/** What the element says; `{sent}`, `{total}`, `{name}` and `{time}` are filled in. */
export interface UploadElementTexts {
  readonly choose: string
  readonly pause: string
  readonly resume: string
  readonly cancel: string
  readonly retry: string
  readonly progress: string
  readonly sending: string
  readonly handling: string
  readonly waiting: string
  readonly paused: string
  readonly done: string
  /** Why a form can't be sent yet. */
  readonly missing: string
  readonly unfinished: string
}

const english: UploadElementTexts = {
  choose: 'Choose a file',
  pause: 'Pause',
  resume: 'Resume',
  cancel: 'Cancel',
  retry: 'Try again',
  progress: 'Upload of {name}',
  sending: '{sent} of {total}',
  handling: 'All sent. The server is at work on it.',
  waiting: 'Waiting to go on.',
  paused: 'Paused at {sent} of {total}',
  done: '{name} has been sent.',
  missing: 'Please choose a file.',
  unfinished: 'Please wait until the file has been sent.',
}

const german: UploadElementTexts = {
  choose: 'Datei auswählen',
  pause: 'Anhalten',
  resume: 'Fortsetzen',
  cancel: 'Abbrechen',
  retry: 'Noch einmal versuchen',
  progress: 'Übertragung von {name}',
  sending: '{sent} von {total}',
  handling: 'Alles ist gesendet. Der Server arbeitet daran.',
  waiting: 'Es geht gleich weiter.',
  paused: 'Angehalten bei {sent} von {total}',
  done: '{name} ist gesendet.',
  missing: 'Bitte eine Datei auswählen.',
  unfinished: 'Bitte warten, bis die Datei gesendet ist.',
}

/** The texts of a language, with others in the place of some. */
export function textsOf(
  language: string,
  own: Partial<UploadElementTexts> = {},
): UploadElementTexts {
  return { ...(/^de\b/i.test(language) ? german : english), ...own }
}

/** Puts values into a text. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
}
