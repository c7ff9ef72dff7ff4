// Whether a file is markup in which a browser would run scripts: HTML, XHTML, SVG, other XML, and
// web archives. Such a file never passes as anything else, whatever else its bytes show.

/** The type of active content that first bytes show; `null` where they show none. */
export function sniffMarkup(head: Buffer): string | null {
  // Most files are seen at their first letters to be none of these.
  const start = head.toString('latin1', 0, 64)
  if (mayBeMarkup.test(start)) return markupOf(decode(head))
  return fieldStart.test(start) && isWebArchive(head.toString('latin1'))
    ? 'multipart/related'
    : null
}

/** Nothing but bytes of marks and blanks before the first `<`, as far as is looked. */
const mayBeMarkup = /^[\xef\xbb\xbf\xff\xfe\t\n\f\r \0]*(?:<|$)/

/** The first field of a mail's head (RFC 5322 2.2). */
const fieldStart = /^[!-9;-~]+:/

/** As HTML and XML readers do: by the byte order mark, or by how a `<` looks. */
function decode(head: Buffer): string {
  const [first, second, third, fourth] = head
  if ((first === 0xff && second === 0xfe) || (first === 0x3c && second === 0 && fourth === 0))
    return head.toString('utf16le').replace(/^\ufeff/, '')
  // A NUL alone before a `<` is nothing to HTML.
  if ((first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c && third === 0))
    return Buffer.from(head.subarray(0, head.length - (head.length % 2)))
      .swap16()
      .toString('utf16le')
      .replace(/^\ufeff/, '')
  return head.toString('utf8').replace(/^\ufeff/, '')
}

/** What may stand before an XML document's first element. */
const beforeRoot =
  /[\s\0]+|<\?[^]*?\?>|<!--[^]*?-->|<!DOCTYPE\s+(?:[^\s<>/:]+:)?svg\b[^[>]*(?:\[[^\]]*\]\s*)?>/iy
// Before the colon may stand letters of any script (Namespaces in XML 1.0, 4).
const svgRoot = /<(?:[^\s<>/:]+:)?svg[\s/>]/y
const xhtmlRoot = /<(?:[^\s<>/:]+:)?html[\s/>]/iy

/** What HTML passes over before a page's first tag (HTML 13.2.5.44): NUL, bogus comments, stray ends. */
const beforePage = /[\s\0]+|<(?:[?/]|!(?!--|DOCTYPE\s))[^>]*>/iy

function markupOf(text: string): string | null {
  const at = skip(text, beforeRoot)
  svgRoot.lastIndex = at
  if (svgRoot.test(text)) return 'image/svg+xml'
  const start = text.replace(/^[\s\0]+/, '')
  // XML's own instructions (`<?xml-stylesheet`) stand in XML as well where it is not declared.
  if (/^<\?xml[\s?-]/i.test(start)) {
    xhtmlRoot.lastIndex = at
    const isPage = xhtmlRoot.test(text) || /^<!DOCTYPE\s+html\b/i.test(text.slice(at, at + 64))
    return isPage ? 'application/xhtml+xml' : 'application/xml'
  }
  if (/^<!DOCTYPE\s+(?:[^\s<>/:]+:)?svg\b/i.test(text.slice(at, at + 64))) return 'image/svg+xml'
  return htmlStart.test(text.slice(skip(text, beforePage))) ? 'text/html' : null
}

/** The place behind all that a sticky pattern matches from the start on. */
function skip(text: string, pattern: RegExp): number {
  let at = 0
  for (pattern.lastIndex = at; pattern.test(text); at = pattern.lastIndex);
  return at
}

/** MIME Sniffing Standard 7.1, and what older browsers knew besides. */
const htmlStart =
  /^<(?:!--|!DOCTYPE\s|(?:html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|meta|link|img|object|embed|form|frameset|base|video|audio|template|input|details|[^\s<>/:]+:(?:html|script))[\s/>])/i

/** A page saved with all it shows (RFC 2557): a mail's head, whose body has related parts. */
function isWebArchive(text: string): boolean {
  const [head = ''] = text.split(/\r?\n\r?\n/, 1)
  return (
    fieldStart.test(head) &&
    /^mime-version:/im.test(head) &&
    /^content-type:\s*multipart\/related\b/im.test(head)
  )
}
