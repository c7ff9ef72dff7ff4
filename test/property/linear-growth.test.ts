// Threat 27: a client's text must not cost more than its length. Every reader of what strangers
// send is here, with the shapes that trouble such readers, up to the longest text it can get.
// A new one belongs in the table; the last test finds files that look like one.

import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { hideTokens } from '../../src/cli/server/access-log.ts'
import { parseByteSize } from '../../src/cli/byte-size.ts'
import { parseDuration } from '../../src/cli/duration.ts'
import { toPrintable } from '../../src/cli/printable.ts'
import { namesHtml, wantsProblems } from '../../src/http/accept.ts'
import { decideConditions, decideIfRange } from '../../src/http/conditional.ts'
import { formatDisposition } from '../../src/http/content-disposition.ts'
import type { Incoming } from '../../src/http/exchange.ts'
import { cutCaught, cutPattern } from '../../src/adapters/request-path.ts'
import { FetchIncoming } from '../../src/http/fetch/fetch-incoming.ts'
import { readForwardedOrigin } from '../../src/http/forwarded.ts'
import { parseHttpDate } from '../../src/http/http-date.ts'
import { isInert, isMediaType, typeOfName } from '../../src/http/media-type.ts'
import { parseOrigin } from '../../src/http/origin.ts'
import { decideRange } from '../../src/http/range.ts'
import { decodePath, findQueryParameter, splitTarget } from '../../src/http/target.ts'
import { admitToken } from '../../src/media/gate.ts'
import { readQuestion } from '../../src/media/question.ts'
import { markup } from '../../src/pages/html.ts'
import { createLanguageChoice } from '../../src/pages/words/choose-language.ts'
import { redact } from '../../src/redact.ts'
import { answerOptions } from '../../src/slots/ways-in/open-cors.ts'
import { checkShownType, parseDeclaredType } from '../../src/receive/types/accept.ts'
import { parseDisposition } from '../../src/receive/intake/received-disposition.ts'
import { readDigests } from '../../src/receive/intake/digest.ts'
import { createFieldIntake } from '../../src/receive/form/field-intake.ts'
import { maxPartHeadBytes } from '../../src/receive/form/form-head.ts'
import { FormParser } from '../../src/receive/form/form-parser.ts'
import { parseParameters } from '../../src/http/header-parameters.ts'
import { readPartHead } from '../../src/receive/form/part-head.ts'
import { checkNoPiece, createPieceWatch } from '../../src/receive/intake/file-pieces.ts'
import { createBodyCheck } from '../../src/receive/raw-body.ts'
import { readUploadHead } from '../../src/receive/upload-head.ts'
import { cleanReceivedName } from '../../src/receive/intake/received-name.ts'
import { TypeWitness, sniffBytes, sniffType } from '../../src/receive/types/sniff.ts'
import { alwaysShows, isActive } from '../../src/receive/types/format-facts.ts'
import { suffixTaken } from '../../src/receive/types/accept-list.ts'
import { sniffMarkup } from '../../src/receive/types/markup.ts'
import { TextJudge } from '../../src/receive/types/text-judge.ts'
import { isRelatedType, isTextType } from '../../src/receive/types/type-names.ts'
import { readZipType } from '../../src/receive/types/zip-type.ts'
import { parseBoolean, parseCount, parseDictionary } from '../../src/http/structured-dictionary.ts'
import { isIetfRequest, readIetfRequest } from '../../src/slots/ways-in/ietf-request.ts'
import { ietfVersionOf } from '../../src/slots/ways-in/ietf-versions.ts'
import { readTusFileHead } from '../../src/slots/ways-in/tus-metadata.ts'
import { readTusRequest } from '../../src/slots/ways-in/tus-request.ts'
import { digestIdempotencyKey } from '../../src/slots/handling/replay.ts'
import { parseSlotId } from '../../src/slots/record/slot.ts'
import { readSlotPath, toSlotUrl } from '../../src/slots/minting/slot-url.ts'
import { parsePersonName } from '../../src/slots/requests/person-name.ts'
import { readRequestPath } from '../../src/slots/requests/request-url.ts'
import { parseFileName } from '../../src/storage/names/file-name.ts'
import { freeNames } from '../../src/storage/names/free-name.ts'
import { isReservedName } from '../../src/storage/names/reserved-name.ts'
import { generateName, getValidName } from '../../src/storage/names/valid-name.ts'
import { createDjangoKeyring } from '../../src/token/django.ts'
import { createKeyring } from '../../src/token/keyring.ts'
import { growthOf, mostGrowth, shapesOf } from '../support/growth.ts'
import { toSource } from '../support/judge-type.ts'
import { zipOf } from '../support/true-files.ts'
import type { Pieces } from '../support/growth.ts'
import { wideLimits } from '../support/receive-server.ts'

/** Of 70 characters (RFC 2046 5.1.1), which begin like themselves at every place. */
const longestBoundary = `${'a'.repeat(69)}b`

/**
 * Node takes 16 KiB of header fields, and more with --max-http-header-size; what comes through the
 * Fetch door, its server has bounded.
 */
const headerLength = 64 * 1024
const nameLength = 64 * 1024
const timeout = { timeout: 240_000 }

const keyring = createKeyring(['0123456789abcdefghijklmnopqrstuvwxyz'], 'media')
const rules = {
  keyring,
  django: { keyring: createDjangoKeyring(['0123456789abcdefghijklmnopqrstuvwxyz']), zone: 'UTC' },
  timeoutSeconds: 3600,
  versionOf: () => 'v',
} as const
const layout = {
  mountPath: '/media/',
  param: 'titofisto_token',
  publicNamespace: 'public/',
  uploadNamespace: 'titofisto/upload/',
}
const validators = { etag: '"e"', lastModifiedMs: 0 }

function withHeaders(headers: Readonly<Record<string, string>>, method = 'POST'): Incoming {
  return {
    method,
    target: '/',
    origin: 'http://localhost',
    header: (name) => headers[name],
    platformRequest: null,
    body() {
      throw new Error('Nothing here reads a body.')
    },
  }
}

interface Reader extends Pieces {
  readonly file: string
  readonly read: (text: string) => unknown
  /** The longest text it can get. */
  readonly length?: number
}

const parameterPieces: Pieces = {
  fronts: [';a=', ';a="', '; '],
  units: ['; a=b', ';a#=b', ' ;', '\\"', '; a="b"'],
  ends: ['x"', ';'],
}

const readers: Readonly<Record<string, Reader>> = {
  'a target': { file: 'http/target.ts', read: splitTarget, fronts: ['http://', '/'] },
  'a path': { file: 'http/target.ts', read: decodePath, units: ['%', '%c3%a9', 'a%'] },
  'a query': {
    file: 'http/target.ts',
    read: (text) => findQueryParameter(text, layout.param),
    units: ['%&', '&%&', 'titofisto_token', '%74itofisto_toke&', 'titofisto_tokex=%&'],
    ends: ['&titofisto_token=%'],
  },
  'a question': {
    file: 'media/question.ts',
    read: (text) => readQuestion(text, layout),
    fronts: ['/media/', '/media/a?', '/media/public/', '/media/titofisto/upload/'],
    units: ['%2e%2e/', '%&'],
  },
  'an origin': {
    file: 'http/origin.ts',
    read: parseOrigin,
    fronts: ['http://', 'https://a', 'https://[', 'http://xn--'],
    units: ['a.', '%', ':', '\u00e9', 'xn--'],
    ends: ['/', ':80'],
  },
  'what a proxy says of a request': {
    file: 'http/forwarded.ts',
    read: (text) =>
      ['forwarded', 'x-forwarded-host', 'x-forwarded-proto'].map((name) =>
        readForwardedOrigin(withHeaders({ [name]: text })),
      ),
    fronts: ['', 'host="', 'for=a;'],
    units: [',', ';', 'host=', ' ', '\\"'],
    ends: [';host=a', '"'],
  },
  'a request of the Fetch door': {
    file: 'http/fetch/fetch-incoming.ts',
    read: (text) => new FetchIncoming({ url: text, method: 'GET' } as unknown as Request),
    fronts: ['http://', 'http://a/'],
  },
  "a path below a pattern of Hono's": {
    file: 'adapters/request-path.ts',
    read: (text) => cutPattern('/:a/b/*', text),
    fronts: ['/', '/a/b/'],
    units: ['/', '%2f', 'a/'],
    // Made of slashes alone, it is an array, which costs more for each of them where it is large.
    length: 4 * 1024,
  },
  "a path that a segment of Next's has caught": {
    file: 'adapters/request-path.ts',
    read: (text) => cutCaught({ path: ['a'] }, text),
    fronts: ['/', '/a/b/'],
    units: ['/', '%2f', 'a/'],
    // Made of slashes alone, it is an array, which costs more for each of them where it is large.
    length: 4 * 1024,
  },
  'what of Accept names HTML': {
    file: 'http/accept.ts',
    read: namesHtml,
    fronts: ['text/html,'],
    units: ['text/html;q=1,', '"', '\\"', ';', 'text/htm'],
  },
  'an Accept-Language': {
    file: 'pages/words/choose-language.ts',
    read: createLanguageChoice({}),
    units: ['de-', 'de;q=0.5,', ',', ';', 'q='],
  },
  'a name in a page': {
    file: 'pages/html.ts',
    // A name of 255 bytes, of which nothing is more than five characters.
    length: 8192,
    read: (text) => String(markup`<p title="${text}">${text}</p>`),
    units: ['<', '&amp;', '\u0000', '\ud800'],
  },
  'an Accept field': {
    file: 'http/accept.ts',
    read: wantsProblems,
    fronts: ['application/json;q=0.', '"', '"\\'],
    units: ['a/b,', ';q=0', '"a",', '\\"', '" "', ' ;', ',', '0'],
    ends: ['"', '\\'],
  },
  'a range': {
    file: 'http/range.ts',
    read: (text) => decideRange(text, 1e9),
    fronts: ['bytes='],
    units: ['0-0,', '-1,', '#-#,', ' ,', '9'],
    ends: ['-'],
  },
  'entity tags': {
    file: 'http/conditional.ts',
    read(text) {
      for (const field of ['if-none-match', 'if-match'])
        decideConditions({ header: (name) => (name === field ? text : undefined) }, validators)
      decideIfRange(text, validators, 0)
    },
    fronts: ['"', 'W/"'],
    units: ['"a",', 'W/"a", ', ' ,'],
  },
  'a date': { file: 'http/http-date.ts', read: parseHttpDate, fronts: ['Sun, 06 Nov 1994 '] },
  'a media type in a token': {
    file: 'http/media-type.ts',
    read: (text) => [isMediaType(text), isInert(text)],
    fronts: ['text/plain', 'text/plain;a="', 'audio/'],
    units: [';a=b', ' ;a="b"'],
  },
  'a name to send a type for': {
    file: 'http/media-type.ts',
    read: typeOfName,
    units: ['.png'],
    length: nameLength,
  },
  'a name to send': {
    file: 'http/content-disposition.ts',
    read: (text) => formatDisposition('attachment', text),
    units: ['\u{1f600}'],
    length: nameLength,
  },
  'a token': {
    file: 'token/policy.ts',
    read: (text) => admitToken(rules, text, 0),
    fronts: ['1.', '1.d', '1.t', '1:'],
    units: ['b.', 'd.', 'e1.', 'tYQ.', '1:'],
    ends: [`.${'A'.repeat(43)}`, `:${'A'.repeat(43)}`],
  },
  "a slot's path": {
    file: 'slots/minting/slot-url.ts',
    read: (text) => [readSlotPath(keyring, text), parseSlotId(text), toSlotUrl('/', text, text)],
    fronts: [`${'A'.repeat(22)}/1.`],
  },
  'a name of a file': {
    file: 'storage/names/file-name.ts',
    read: (text) => parseFileName(text),
    units: ['a/', '...', '/.'],
    ends: ['/..'],
    length: nameLength,
  },
  'a reserved name': {
    file: 'storage/names/reserved-name.ts',
    read: isReservedName,
    units: ['.titofisto', '/.titofistox'],
    length: nameLength,
  },
  'a name made valid': {
    file: 'storage/names/valid-name.ts',
    read(text) {
      try {
        getValidName(text)
      } catch {
        // Nothing was left of it.
      }
      return generateName(text)
    },
    fronts: ['a'],
    ends: ['a'],
    length: 16 * 1024,
  },
  'a free name': {
    file: 'storage/names/free-name.ts',
    read(text) {
      const name = parseFileName(text)
      if (name !== null) [...Array(3)].forEach(() => freeNames(name).next())
    },
    fronts: ['a'],
    length: 1000,
  },
  'header parameters': {
    file: 'http/header-parameters.ts',
    read: (text) => parseParameters(text, 0),
    ...parameterPieces,
  },
  'a Content-Disposition': {
    file: 'receive/intake/received-disposition.ts',
    read: parseDisposition,
    fronts: [
      'form-data; a=',
      'form-data;name="',
      "a; filename*=UTF-8''",
      "a; filename*=iso-8859-1'",
    ],
    units: ['; a#=b', '\u00e9'],
    ends: ['x"'],
  },
  'the header of a part': {
    file: 'receive/form/part-head.ts',
    read: readPartHead,
    fronts: [
      'Content-Disposition: form-data; name="f"\r\n',
      'Content-Disposition: form-data; a=',
      'Content-Disposition: form-data; name="f"\r\nContent-Type: text/plain; a=',
    ],
    units: ['X: 1\r\n', ' \r\n', 'X#: 1\r\n', '\r\n'],
    ends: ['\r\nContent-Transfer-Encoding: 8bit'],
    length: maxPartHeadBytes,
  },
  'a declared type': {
    file: 'receive/types/accept.ts',
    read(text) {
      const type = parseDeclaredType(text)
      for (const shown of ['application/zip', 'application/x-cfb', 'application/xml', null])
        try {
          const bytes = { hasMarkup: false, isUnreadZip: false, hasPdfHeader: false }
          const witness = { ...bytes, type: shown, text: 'binary' } as const
          checkShownType(['application/*', 'image/png'], { type, name: null }, witness)
        } catch {
          // Refused.
        }
    },
    fronts: ['text/plain', 'application/vnd.ms-', 'application/vnd.oasis.opendocument.'],
    units: ['macroenabled.', '+zip', '+xml'],
    ends: ['+zip', 'macroenabled.12'],
  },
  'the suffix of a name': {
    file: 'receive/types/accept-list.ts',
    read: (name) => suffixTaken(['.csv', '.tar.gz'], { type: 'a/b', name }),
    units: ['.', '.csv', '.tar'],
    ends: ['.csv'],
    length: nameLength,
  },
  "a type's other names": {
    file: 'receive/types/type-names.ts',
    read: (type) => [
      isTextType(type),
      ...wrappers.map((outer) => isRelatedType(outer, type)),
      isRelatedType(type, type),
    ],
    fronts: ['application/vnd.ms-', 'application/vnd.', 'image/x-', 'text/', '+'],
    units: ['macroenabled', '+xml', '+json', 'vnd.', 'x'],
    ends: ['+xm', '.12'],
  },
  "a format's facts": {
    file: 'receive/types/format-facts.ts',
    read: (type) => [isActive(type), alwaysShows(type)],
  },
  'the beginning of markup': {
    file: 'receive/types/markup.ts',
    read: (text) => sniffMarkup(Buffer.from(text)),
    // It is given the first 4,100 bytes of a file, and no more.
    length: 16 * 1024,
    fronts: [
      '<',
      '<?xml ',
      '<?',
      '<!--',
      '<!DOCTYPE svg',
      '<!DOCTYPE svg [',
      'a: b\n',
      '<a:',
      '\ufeff',
      '\0',
    ],
    units: [
      '<?',
      '</>',
      '<!',
      '\0',
      '?>',
      '<!--',
      '-->',
      '<!-- -->',
      '<? ?>',
      '[]',
      ']',
      'a: b\n',
      'mime-version:\n',
      '\r\n',
    ],
    ends: ['<svg>', '>', ']>', '<html '],
  },
  'a text, as its bytes come': {
    file: 'receive/types/text-judge.ts',
    read(text) {
      const judge = new TextJudge()
      const bytes = Buffer.from(text)
      for (let position = 0; position < bytes.length; position += 3)
        judge.take(bytes.subarray(position, position + 3))
      return judge.verdict('end')
    },
    fronts: ['', '\ufeff'],
    units: ['\u00e9', '\ud83d\udca7', '<'],
  },
  'what is in a ZIP file': {
    file: 'receive/types/zip-type.ts',
    read: (text) => readZipType(toSource(Buffer.from(text, 'latin1'))),
    fronts: ['PK\u0003\u0004', zipOf([{ name: 'a' }]).toString('latin1')],
    units: [
      'PK\u0005\u0006',
      `PK\u0003\u0004${'\u0000'.repeat(26)}`,
      `PK\u0001\u0002${'\u0000'.repeat(42)}`,
      zipOf([{ name: 'mimetype' }]).toString('latin1'),
    ],
    ends: ['PK\u0005\u0006'.padEnd(22, '\u0000'), 'PK\u0005\u0006'.padEnd(22, '\u0001')],
    length: 60_000,
  },
  'the list of types in an office file': {
    file: 'receive/types/zip-type.ts',
    read: (text) => readZipType(toSource(zipOf([{ name: '[Content_Types].xml', text }]))),
    fronts: ['"application/vnd.ms-', '"'],
    units: ['.main+xml"', '"', '.macroenabled', 'template'],
    ends: ['.main+xml"'],
  },
  "a form's head": {
    file: 'receive/form/form-head.ts',
    read: (text) => readUploadHead(withHeaders({ 'content-type': text }), wideLimits),
    fronts: ['multipart/form-data', 'multipart/form-data; boundary=', 'multipart/form-data;a="'],
    units: ['; boundary=a', '; a#=b', ',multipart/form-data;boundary=a', 'multipart ', ',"'],
    // All that Node's servers give. In more of it, pieces by the ten thousand cost memory of another kind.
    length: 16 * 1024,
  },
  "a bare upload's head": {
    file: 'receive/upload-head.ts',
    read: (text) =>
      readUploadHead(
        { ...withHeaders({ 'content-type': 'a/b' }), target: `/a?${text}` },
        wideLimits,
      ),
    fronts: ['filename='],
    units: ['%&', '+', 'filename&'],
  },
  'what says that it is a piece': {
    file: 'receive/intake/file-pieces.ts',
    read(text) {
      const watch = createPieceWatch()
      watch('dzchunkindex', text)
      watch('dztotalchunkcount', text)
      watch('chunkMetadata', text)
      for (const headers of [{}, { 'upload-offset': text, 'upload-complete': text }])
        try {
          checkNoPiece({ ...withHeaders(headers), target: `/a?${text}` })
        } catch {
          // Refused.
        }
    },
    fronts: ['0', 'chunk=1&chunks=0'],
    units: ['0', '9', '&', 'chunk=', 'chunk=1&chunks=1&', '"TotalCount"', '"TotalCount": '],
  },
  'a body that may be no file': {
    file: 'receive/raw-body.ts',
    read(text) {
      const bytes = Buffer.from(text, 'latin1')
      for (const pieceBytes of [1, bytes.length]) {
        const check = createBodyCheck(true)
        for (let position = 0; position < bytes.length; position += pieceBytes)
          check.take(bytes.subarray(position, position + pieceBytes))
      }
    },
    fronts: ['--B\r\n', '--B\r\nContent-Disposition:', 'a='],
    units: ['a', '\r\n', 'a\r\n', '-', ' ', '=', '&a='],
    length: 16 * 1024,
  },
  "a body's head": {
    file: 'receive/intake/body-head.ts',
    read(text) {
      for (const name of ['content-length', 'content-encoding'])
        try {
          readUploadHead(withHeaders({ [name]: text }), wideLimits)
        } catch {
          // Refused.
        }
    },
  },
  'a structured dictionary': {
    file: 'http/structured-dictionary.ts',
    read: parseDictionary,
    fronts: ['a=(', 'a=', 'a="', 'a=%"', 'a=:', 'a;', 'a=((', 'a=1'],
    units: [
      'a,',
      'a#,',
      'a=1;b, ',
      '(a)',
      '1 ',
      'a ',
      '"a" ',
      '1.1;a=b ',
      ';a',
      '; a="b"',
      '*',
      '?1 ',
    ],
    ends: [')', ':', ',a'],
  },
  digests: {
    file: 'receive/intake/digest.ts',
    read(text) {
      for (const headers of [{ 'content-md5': text }, { 'repr-digest': text }])
        try {
          readDigests(withHeaders(headers))
        } catch {
          // Refused.
        }
    },
    fronts: ['sha-256=:'],
    units: ['AAAA', 'sha-256=:A:,'],
    ends: ['==', ':'],
  },
  'metadata of tus': {
    file: 'slots/ways-in/tus-metadata.ts',
    read: readTusFileHead,
    fronts: ['filename '],
    units: ['a# YQ==,', 'a ', 'AAAA', 'a,'],
  },
  'a tus request': {
    file: 'slots/ways-in/tus-request.ts',
    read(text) {
      const fields = ['upload-metadata', 'upload-checksum', 'upload-length', 'content-type']
      for (const name of [...fields, 'x-http-method-override'])
        try {
          readTusRequest(
            withHeaders({ 'tus-resumable': '1.0.0', 'upload-length': '1', [name]: text }),
          )
        } catch {
          // Refused.
        }
    },
    fronts: ['sha1 ', 'filename '],
    units: ['a ', 'AAAA'],
  },
  'an IETF request': {
    file: 'slots/ways-in/ietf-request.ts',
    read(text) {
      const fields = ['upload-complete', 'upload-offset', 'upload-length', 'upload-metadata']
      for (const name of [...fields, 'content-type', 'content-disposition', 'repr-digest'])
        for (const method of ['POST', 'PATCH']) {
          const said = { 'upload-complete': '?1', 'upload-offset': '0', [name]: text }
          const incoming = { ...withHeaders(said), method }
          try {
            isIetfRequest(incoming)
            readIetfRequest(incoming, ietfVersionOf(incoming))
          } catch {
            // Refused.
          }
        }
    },
    fronts: ['?1;', '1;', 'filename '],
    units: ['a;', ' ', 'a=1;', 'AAAA', ';a=":'],
  },
  'a count and a boolean': {
    file: 'http/structured-dictionary.ts',
    read(text) {
      parseCount(text)
      parseBoolean(text)
    },
    fronts: ['1', '?1', '(', '1;a'],
    units: [';a', '; a=1', ' ', '9', '"', ':A'],
  },
  'a name that a client gave': {
    file: 'receive/intake/received-name.ts',
    read: cleanReceivedName,
    fronts: ['a'],
    units: ['. ', '\u200b', '\u00a0', 'con.', '\ud800'],
    ends: ['a', '.txt'],
    length: nameLength,
  },
  'first bytes, as they come': {
    file: 'receive/types/sniff.ts',
    read(text) {
      const witness = new TypeWitness(true)
      const bytes = Buffer.from(text)
      for (let position = 0; position < bytes.length; position += 1)
        witness.take(bytes.subarray(position, position + 1))
      return witness.shown('end', null)
    },
    length: sniffBytes,
  },
  'first bytes, as to their type': {
    file: 'receive/types/sniff.ts',
    read: (text) => sniffType(Buffer.from(text, 'latin1')),
    fronts: [
      'PK\u0003\u0004',
      '\u0089PNG\r\n\u001a\n',
      '<?xml ',
      'ID3\u0003\u0000\u0000\u0000',
      'OggS',
    ],
    units: ['\u0000', '\u00ff', '\u0000\u0000\u0000\u0001'],
    length: sniffBytes,
  },
  'a form': {
    file: 'receive/form/form-parser.ts',
    read: (text) => parseForm(text, Infinity),
    fronts: ['--aaab\r\n', '--aaab\r\nA: b\r\n\r\n'],
    units: [
      '\r\n--aaa',
      '\r\n',
      'a',
      '\r\n--aaab\r\n',
      '\r\n--aaab\r\nA: b\r\n\r\n',
      'A: b\r\n',
      '\r\n-',
    ],
    ends: ['\r\n--aaab--'],
    length: 64 * 1024,
  },
  'a form, a byte at a time': {
    file: 'receive/form/form-parser.ts',
    read: (text) => parseForm(text, 1),
    fronts: ['--aaab\r\nA: b\r\n\r\n'],
    units: ['\r\n--aaa', '\r\n--aaab\r\nA: b\r\n\r\n'],
    length: 8 * 1024,
  },
  'a form with the longest boundary': {
    file: 'receive/form/form-parser.ts',
    read: (text) => parseForm(text, 100, longestBoundary),
    fronts: [`--${longestBoundary}\r\nA: b\r\n\r\n`],
    units: [
      `\r\n--${longestBoundary.slice(0, -1)}`,
      `\r\n--${longestBoundary.slice(1)}`,
      `\r\n--${longestBoundary}\r\nA: b\r\n\r\n`,
      'a',
    ],
    ends: [`\r\n--${longestBoundary}--`],
    length: 16 * 1024,
  },
  'a text field': {
    file: 'receive/form/field-intake.ts',
    read(text) {
      const intake = createFieldIntake({ ...wideLimits, maxFieldBytes: headerLength })
      const bytes = Buffer.from(text, 'latin1')
      for (let position = 0; position < bytes.length; position += 1)
        intake.take(bytes.subarray(position, position + 1))
      return intake.text('utf-8')
    },
    length: 16 * 1024,
  },
  'the label of a charset': {
    file: 'receive/form/field-intake.ts',
    read: (text) => createFieldIntake(wideLimits).text(text),
    fronts: ['utf-8'],
  },
  'a preflight': {
    file: 'slots/ways-in/open-cors.ts',
    read: (text) => answerOptions(withHeaders({ 'access-control-request-headers': text }), []),
    units: ['a,', 'a , ', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,'],
  },
  'an Idempotency-Key': {
    file: 'slots/handling/replay.ts',
    read: (text) => digestIdempotencyKey(withHeaders({ 'idempotency-key': text })),
  },
  'a log line': {
    file: 'redact.ts',
    read: redact,
    units: ['a.', 'a.b.', 'A:', 'a%3A', '1.dAAAA'],
    ends: [`.${'A'.repeat(43)}`],
    length: 16 * 1024,
  },
  'a target in a log': {
    file: 'cli/server/access-log.ts',
    read: (text) => hideTokens(text, layout.param),
    fronts: ['/media/titofisto/upload/', 'titofisto'],
    units: ['titofisto/', '%2F', 'titofisto/upload/', 'titofisto_token', 'a.'],
    length: 16 * 1024,
  },
  "a file request's path": {
    file: 'slots/requests/request-url.ts',
    read: (text) => readRequestPath(keyring, text),
    fronts: ['request/', `request/${'A'.repeat(22)}/`],
  },
  "a person's name": {
    file: 'slots/requests/person-name.ts',
    read: parsePersonName,
    units: ['\u200b', ' ', '\u0301', '\u202e '],
  },
  'a printed text': {
    file: 'cli/printable.ts',
    read: toPrintable,
    units: ['\u0007', '\u202e'],
    // A name, or what of a request's head goes into the log.
    length: 16 * 1024,
  },
  'a size or a time of a command': {
    file: 'cli/byte-size.ts',
    read: (text) => [parseByteSize(text), parseDuration(text)],
    units: ['1d', '1.'],
  },
}

/** What other formats come in. */
const wrappers = [
  'application/zip',
  'application/x-cfb',
  'application/xml',
  'application/gzip',
  'application/vnd.rn-realmedia',
  'image/tiff',
  'video/matroska',
]

/** Reads a form in pieces of so many bytes; takes what comes and passes over it. */
function parseForm(text: string, pieceBytes: number, boundary = 'aaab'): void {
  const parser = new FormParser(boundary, {
    begin: () => ({ take() {}, end() {} }),
  })
  const bytes = Buffer.from(text, 'latin1')
  for (let position = 0; position < bytes.length; position += pieceBytes)
    parser.write(bytes.subarray(position, position + pieceBytes))
  parser.end()
}

describe('the time of reading', () => {
  it.each(Object.entries(readers))('%s grows with its length alone', timeout, async (_, reader) => {
    for (const { name, shape } of shapesOf(reader)) {
      const growth = await growthOf(reader.read, shape, reader.length ?? headerLength)
      expect(growth, name).toBeLessThanOrEqual(mostGrowth)
    }
  })
})

describe('this way of measuring', () => {
  it('finds what grows with the square', async () => {
    // As it was read once: blanks fit in two places.
    const square = (text: string): boolean => /^a=[ \t]*(?:"x"[ \t]*|[^;"]*)(?=;|$)/.test(text)
    const growth = await growthOf(square, (length) => `a=${' '.repeat(length)}x"`, 8000)
    expect(growth).toBeGreaterThan(mostGrowth)
  })
})

describe('the table', () => {
  /** What looks into texts, but none that a stranger sends; with the reason. */
  const ownTexts: Readonly<Record<string, string>> = {
    'options.ts': "our user's options",
    'titofisto-options.ts': "our user's options",
    'titofisto-outward-options.ts': "our user's options",
    'titofisto-origin.ts': 'how a text begins; the rest is for parseOrigin',
    'slots/stores/postgres/postgres-client.ts': 'what the engine answers',
    'slots/stores/postgres/postgres-statements.ts': "our user's name of a table",
    'slots/stores/postgres/postgres.ts': "our user's options",
    'slots/stores/redis/eviction.ts': 'what the engine says of itself',
    'slots/stores/redis/redis-client.ts': 'what the engine answers',
    'slots/stores/redis/redis-scripts.ts': 'our own scripts',
    'slots/stores/sqlite/sqlite.ts': "our user's options",
    'media/own-headers.ts': "what our user's functions gave",
    'media/media-url.ts': "our user's options",
    'media/place.ts': "our user's mount points; of a path that a client made up, one class",
    'adapters/absolute-url.ts': "how a URL of ours begins; our user's option",
    'adapters/fastify.ts': "our user's prefix",
    'adapters/flydrive-driver.ts': "a file's media type, from its first semicolon on",
    'adapters/flydrive-duration.ts': "our user's options",
    'adapters/mcp-file-transfer.ts': 'from the first semicolon to the end: the first try finds it',
    'adapters/mcp.ts': 'a URL of ours',
    'media/link.ts': 'names that our user mints for; bounded by 1,024 bytes',
    'slots/kinds/define-kind.ts': "our user's options",
    'slots/requests/make-request.ts': "our user's options",
    'slots/requests/read-answers.ts':
      "how a header begins, and 16 KiB of a form, which is the platform's to read",
    'receive/upload-limits.ts': "our user's options",
    'slots/record/json-value.ts': "our user's arguments",
    'slots/record/slot.ts': 'fixed length',
    'slots/stores/file.ts': "the store's own file names",
    'slots/handling/problem.ts': 'names of headers that we wrote',
    'slots/handling/handler-result.ts': "the words of our user's rejection",
    'http/node/node-target.ts': 'one character',
    'http/node/node-interim.ts': "fields that we wrote, with a slot's URL: one class",
    'http/node/node-head.ts': "what the application's middleware set",
    'http/node/file-places.ts': 'what Linux writes',
    'http/percent.ts': "classes without repetition over a file's name or our user's options",
    'slots/claims/spooled-details.ts': 'one character',
    'holders/holder.ts': 'what Linux writes, and what we named',
    'http/response-reply.ts': "what our user's handler returned",
    'slots/stores/neighbours.ts': "the store's own file names",
    'slots/stores/places.ts': "the store's own file names",
    'slots/stores/slot-folder.ts': "the store's own file names",
    'token/keyring.ts': "our user's secret",
    'token/signing-key.ts': 'fixed length',
    'token/django.ts': "a file's name",
    'token/django-time.ts': 'what Intl wrote',
    'storage/local/local-folder.ts': "a file's name",
    'media/redirect.ts': "a Cache-Control of ours or our user's",
    'storage/s3/copy.ts': "a file's name",
    'storage/s3/kept.ts':
      "our user's metadata and S3's, of 2,048 bytes at most: classes, one after another",
    'storage/s3/list-objects.ts': "our user's prefix; the end of a key of 1,024 bytes",
    'storage/s3/object-body.ts': "a header of S3's: digits, one after another",
    'storage/s3/s3-facts.ts': "a header of S3's: one class of 256",
    'storage/s3/s3-fault.ts': "a word of S3's, of 64 letters at most",
    'storage/names/valid-name-ranges.ts': 'a constant',
    'slots/minting/slot-answer.ts': "what our user's handler returned",
    'pages/page-options.ts': "our user's options",
    'pages/upload-page.ts': "our user's words",
    'pages/script.ts': 'runs in browsers',
    'pages/style.ts': 'a constant',
    'pages/words/kinds.ts': "our user's options",
    'pages/words/speech.ts': "our user's words",
    'log.ts': 'a frame of a stack, of 400 characters at most',
  }
  const source = new URL('../../src/', import.meta.url)
  const looksIntoText =
    /\.(?:test|exec|match|matchAll|replaceAll|search|split)\(|\.replace\(\/|new RegExp\(/

  it('has every file that looks into what a stranger sends', () => {
    const covered = new Set(Object.values(readers).map(({ file }) => file))
    const missing = readdirSync(source, { recursive: true, encoding: 'utf8' })
      .map((file) => file.replaceAll('\\', '/'))
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .filter((file) => !/^(?:cli|testing)\//.test(file))
      // These run in the pages of those who send, over their own texts and the server's.
      .filter((file) => !/^(?:client|pages\/browser)\//.test(file))
      .filter((file) => !covered.has(file) && ownTexts[file] === undefined)
      .filter((file) => looksIntoText.test(readFileSync(new URL(file, source), 'utf8')))
    expect(missing).toEqual([])
  })
})
