// What pages say, by language. In braces stands what is put in.

/** The words of all pages. `{name}`, `{size}` and the like are put in. */
export interface PageTexts {
  /** The heading where nobody gave one, of a slot for one file. */
  readonly uploadTitle: string
  /** The same, for several files. */
  readonly uploadTitleMany: string
  /** The button that opens the file picker, of a slot for one file. */
  readonly choose: string
  /** The same, for several files. */
  readonly chooseMany: string
  /** The same, once a file is chosen that another may replace. */
  readonly chooseOther: string
  /** The same, once there are files and room for more. */
  readonly chooseMore: string
  /** Below that button, where a file can be dropped. */
  readonly drop: string
  /** The same, for several files. */
  readonly dropMany: string
  /** The button that opens the camera, on phones, where pictures are accepted. */
  readonly camera: string
  /** The button that sends. */
  readonly send: string
  /** `{kinds}`: "JPEG, PNG or PDF". */
  readonly kinds: string
  /** A kind of file in `kinds`: any `image/*`. */
  readonly pictures: string
  /** A kind of file in `kinds`: any `video/*`. */
  readonly films: string
  /** A kind of file in `kinds`: any `audio/*`. */
  readonly sounds: string
  /** A kind of file in `kinds`: any `text/*`. */
  readonly texts: string
  /** `{size}` of one file. */
  readonly maxSize: string
  /** The same, where there may be several. */
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
  /** The button that takes a file out of the list. */
  readonly remove: string
  /** The button that pauses an upload. */
  readonly pause: string
  /** The button that goes on with it. */
  readonly resume: string
  /** The button that tries again after a failure. */
  readonly retry: string
  /** The button that gives an upload up. */
  readonly cancel: string
  /** Of a file in the list: chosen, and not begun. */
  readonly ready: string
  /** Of a file in the list: on its way. */
  readonly sending: string
  /** Of a file in the list: all bytes are there. */
  readonly sent: string
  /** Of a file in the list: paused by hand. */
  readonly paused: string
  /** While the server is at work on what was sent. */
  readonly checking: string
  /** `{speed}`: "1.5 MB/s", `{time}`: "2 minutes". */
  readonly speedAndTime: string
  /** `{time}`: "8 seconds". */
  readonly reconnecting: string
  /** Beside a file, while the browser says that there is no network. */
  readonly offline: string
  /** `{name}` of the file that was begun. */
  readonly begun: string
  /** `{percent}` of all. */
  readonly progress: string
  /** The heading of the receipt. */
  readonly receiptTitle: string
  /** Above the name of the file that has arrived. */
  readonly receipt: string
  /** The same, for several files. */
  readonly receiptMany: string
  /** The last line of the receipt, before the size of all files. */
  readonly total: string
  /** Below the receipt. */
  readonly close: string
  /** The heading where a form was refused, without JavaScript. */
  readonly problemTitle: string
  /** The link back to the form, below that. */
  readonly again: string
  /** Where somebody sends without a file. */
  readonly noFile: string
  /** `{name}`, `{size}`, `{limit}`. */
  readonly tooLarge: string
  /** `{limit}`; where the name of the file is not known. */
  readonly tooLargeUnnamed: string
  /** `{limit}`: a size. */
  readonly tooSmall: string
  /** `{name}` of a file without a byte. */
  readonly empty: string
  /** `{limit}` files. */
  readonly tooMany: string
  /** `{limit}`: a size. */
  readonly tooLargeTogether: string
  /** Where there is too much of something else, such as a field. */
  readonly tooMuch: string
  /** `{name}`, `{kinds}`. */
  readonly wrongType: string
  /** `{kinds}`; where the name of the file is not known. */
  readonly wrongTypeUnnamed: string
  /** `{name}`: the label of a required field. */
  readonly fieldMissing: string
  /** Where the fields are not what the schema asks for. */
  readonly fieldsWrong: string
  /** Where another upload holds the slot. */
  readonly busy: string
  /** Where the connection was lost, and trying again did not help. */
  readonly network: string
  /** Where too few bytes came for too long. */
  readonly tooSlow: string
  /** Where what arrived is not what was sent, by its digest. */
  readonly damaged: string
  /** Where a file can no more be read as it was chosen. */
  readonly changed: string
  /** Where the server's disk is full. */
  readonly noSpace: string
  /** Where the handler failed. */
  readonly unhandled: string
  /** Where the file was handled, and the answer can no more be had. */
  readonly handled: string
  /** Where the server, or another sender, has stopped the upload. */
  readonly stopped: string
  /** Of every failure that has no words of its own. */
  readonly unknown: string
  /** The label of the field for a person's name, of a file request. */
  readonly personName: string
  /** Below the field for the name. */
  readonly personNameHint: string
  /** The label of the field for the password of a file request. */
  readonly password: string
  /** The button that sends both. */
  readonly goOn: string
  /** Where there is no name, or one that is too long. */
  readonly personNameMissing: string
  /** Where the password is not right. */
  readonly passwordWrong: string
  /** Where all places are given, and some have no upload yet. */
  readonly requestFull: string
  /** Where a place could not be given because too many asked at once. */
  readonly requestBusy: string
  /** Where the form could not be read. */
  readonly requestUnreadable: string
  /** Of every link that does not work, whatever the reason. */
  readonly goneTitle: string
  /** Below that heading. */
  readonly gone: string
}
