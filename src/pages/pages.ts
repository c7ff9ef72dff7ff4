// The pages of an application: which there are, and in whose language.

import type { Incoming } from '../http/exchange.ts'
import { createDocument, type PageContent, type PageReply } from './document.ts'
import { checkPageOptions, type PageOptions } from './page-options.ts'
import {
  formatGonePage,
  formatProblemPage,
  formatReceiptPage,
  type ReceiptFile,
} from './plain-pages.ts'
import { formatRequestPage, type RequestPageValues } from './request-page.ts'
import { formatUploadPage, type UploadPageSlot } from './upload-page.ts'
import { createLanguageChoice, type Language } from './words/choose-language.ts'
import type { ToldProblem } from './words/problem-words.ts'

/** What people see in their browsers; each is an answer to a request that navigates. */
export interface Pages {
  /** The form of a slot that is open. */
  upload(incoming: Incoming, slot: UploadPageSlot): PageReply
  /** What a file request asks for, and of whom. */
  request(incoming: Incoming, status: number, values: RequestPageValues): PageReply
  /** That a link does not work: the same for each, whatever it is and why. */
  gone(incoming: Incoming): PageReply
  /** What was wrong with an upload that a form brought. */
  problem(incoming: Incoming, status: number, problem: ToldProblem): PageReply
  /** What arrived. */
  receipt(incoming: Incoming, files: readonly ReceiptFile[]): PageReply
}

/**
 * Makes an application's pages; `null` where it wants none.
 *
 * @throws TypeError naming the option that is wrong.
 */
export function createPages(options: PageOptions | false | undefined): Pages | null {
  if (options === false) return null
  const given = options ?? {}
  checkPageOptions('createTitofisto(), option "page"', given)
  const choose = createLanguageChoice(given)
  const toReply = createDocument(given)
  const gone = new Map<Language, PageReply>()
  const show = (
    incoming: Incoming,
    status: number,
    format: (language: Language) => PageContent,
  ): PageReply => {
    const language = choose(incoming.header('accept-language'))
    return toReply(status, language, format(language))
  }
  return {
    upload: (incoming, slot) => show(incoming, 200, (language) => formatUploadPage(language, slot)),
    request: (incoming, status, values) =>
      show(incoming, status, (language) => formatRequestPage(language, values)),
    gone(incoming) {
      const language = choose(incoming.header('accept-language'))
      const known = gone.get(language) ?? toReply(404, language, formatGonePage(language))
      gone.set(language, known)
      return known
    },
    problem: (incoming, status, problem) =>
      show(incoming, status, (language) => formatProblemPage(language, problem)),
    receipt: (incoming, files) =>
      show(incoming, 200, (language) => formatReceiptPage(language, files)),
  }
}
