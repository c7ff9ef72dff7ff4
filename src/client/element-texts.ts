// The words of `<titofisto-upload>`, besides those of errors.

/** What the element says; `{sent}`, `{total}`, `{name}` and `{time}` are filled in. */
export interface UploadElementTexts {
  /** The button that opens the file picker. */
  readonly choose: string
  /** The button that pauses. */
  readonly pause: string
  /** The button that goes on. */
  readonly resume: string
  /** The button that gives the upload up. */
  readonly cancel: string
  /** The button that tries again after a failure. */
  readonly retry: string
  /** What a screen reader calls the bar; `{name}` of the file. */
  readonly progress: string
  /** While bytes are on their way; `{sent}` and `{total}`: sizes. */
  readonly sending: string
  /** When all is sent, and there is no answer yet. */
  readonly handling: string
  /** Between two tries, where no reason is known. */
  readonly waiting: string
  /** While it is paused; `{sent}` and `{total}`: sizes. */
  readonly paused: string
  /** At the end; `{name}` of the file. */
  readonly done: string
  /** Why a form can't be sent yet. */
  readonly missing: string
  /** The same, while a file is on its way. */
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
