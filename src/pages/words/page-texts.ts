// What pages say, by language. In braces stands what is put in.

/** The words of all pages. `{name}`, `{size}` and the like are put in. */
export interface PageTexts {
  /** The heading where nobody gave one, of a slot for one file. */
  readonly uploadTitle: string
  /** The same, for several files. */
  readonly uploadTitleMany: string
  readonly choose: string
  readonly chooseMany: string
  readonly chooseOther: string
  readonly chooseMore: string
  readonly drop: string
  readonly dropMany: string
  readonly camera: string
  readonly send: string
  /** `{kinds}`: "JPEG, PNG or PDF". */
  readonly kinds: string
  readonly pictures: string
  readonly films: string
  readonly sounds: string
  readonly texts: string
  /** `{size}` of one file. */
  readonly maxSize: string
  readonly maxSizeEach: string
  /** `{size}` of all files. */
  readonly maxTotal: string
  /** `{count}` files. */
  readonly maxFiles: string
  /** `{time}`: a date and a time. */
  readonly until: string
  /** Beside a field that may stay empty. */
  readonly optional: string
  /** What a screen reader calls the list of files. */
  readonly list: string
  /** `{name}` of a file, for screen readers; the button shows `remove`. */
  readonly removeNamed: string
  readonly remove: string
  readonly pause: string
  readonly resume: string
  readonly retry: string
  readonly cancel: string
  readonly ready: string
  readonly sending: string
  readonly sent: string
  readonly paused: string
  readonly checking: string
  /** `{speed}`: "1.5 MB/s", `{time}`: "2 minutes". */
  readonly speedAndTime: string
  /** `{time}`: "8 seconds". */
  readonly reconnecting: string
  readonly offline: string
  /** `{name}` of the file that was begun. */
  readonly begun: string
  /** `{percent}` of all. */
  readonly progress: string
  readonly receiptTitle: string
  readonly receipt: string
  readonly receiptMany: string
  readonly total: string
  readonly close: string
  readonly problemTitle: string
  readonly again: string
  readonly noFile: string
  /** `{name}`, `{size}`, `{limit}`. */
  readonly tooLarge: string
  readonly tooLargeUnnamed: string
  readonly tooSmall: string
  readonly empty: string
  /** `{limit}` files. */
  readonly tooMany: string
  /** `{limit}`: a size. */
  readonly tooLargeTogether: string
  readonly tooMuch: string
  /** `{name}`, `{kinds}`. */
  readonly wrongType: string
  readonly wrongTypeUnnamed: string
  readonly fieldMissing: string
  readonly fieldsWrong: string
  readonly busy: string
  readonly network: string
  readonly tooSlow: string
  readonly damaged: string
  readonly changed: string
  readonly noSpace: string
  readonly unhandled: string
  readonly handled: string
  readonly stopped: string
  readonly unknown: string
  /** Of a file request. */
  readonly personName: string
  readonly personNameHint: string
  readonly password: string
  readonly goOn: string
  readonly personNameMissing: string
  readonly passwordWrong: string
  readonly requestFull: string
  readonly requestBusy: string
  readonly requestUnreadable: string
  /** Of every link that does not work, whatever the reason. */
  readonly goneTitle: string
  readonly gone: string
}
