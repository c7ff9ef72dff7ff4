// A true beginning of a file of each type that file-type knows, with the name such a file has; and
// ZIP files with what must be in them. Written by the formats' documents, since file-type has none
// in its package.

import { crc32, deflateRawSync, gzipSync } from 'node:zlib'

/** A file of a type. */
export interface TrueFile {
  readonly type: string
  readonly name: string
  readonly bytes: Buffer
}

/** One character for each byte, and zeros behind: what follows a signature is no text. */
function binary(latin1: string, lengthBytes = 600): Buffer {
  const bytes = Buffer.alloc(Math.max(lengthBytes, latin1.length))
  bytes.write(latin1, 'latin1')
  return bytes
}

function at(offset: number, latin1: string, lengthBytes = 600): Buffer {
  const bytes = Buffer.alloc(lengthBytes)
  bytes.write(latin1, offset, 'latin1')
  return bytes
}

/** An entry of a ZIP file. */
export interface ZipEntry {
  readonly name: string
  readonly text?: string
  readonly isStored?: boolean
  /** Whether sizes follow the data, as writers of streams do. */
  readonly isUnsized?: boolean
}

/** A ZIP file; without a directory it is one that was cut off, or that a careless program wrote. */
export function zipOf(entries: readonly ZipEntry[], hasDirectory = true): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let position = 0
  for (const { name, text = '', isStored = false, isUnsized = false } of entries) {
    const data = Buffer.from(text)
    const packed = isStored ? data : deflateRawSync(data)
    const facts = Buffer.alloc(26)
    facts.writeUInt16LE(20, 0)
    facts.writeUInt16LE(isUnsized ? 8 : 0, 2)
    facts.writeUInt16LE(isStored ? 0 : 8, 4)
    facts.writeUInt32LE(crc32(data), 10)
    facts.writeUInt32LE(packed.length, 14)
    facts.writeUInt32LE(data.length, 18)
    facts.writeUInt16LE(name.length, 22)
    const local = isUnsized
      ? Buffer.concat([facts.subarray(0, 10), Buffer.alloc(12), facts.subarray(22)])
      : facts
    const descriptor = isUnsized
      ? Buffer.concat([Buffer.from('PK\u0007\u0008'), facts.subarray(10, 22)])
      : Buffer.alloc(0)
    const place = Buffer.alloc(14)
    place.writeUInt32LE(position, 10)
    locals.push(Buffer.from('PK\u0003\u0004'), local, Buffer.from(name), packed, descriptor)
    directory.push(
      Buffer.from('PK\u0001\u0002'),
      Buffer.from([20, 0]),
      facts,
      place,
      Buffer.from(name),
    )
    position += 30 + name.length + packed.length + descriptor.length
  }
  if (!hasDirectory) return Buffer.concat(locals)
  const directoryBytes = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\u0005\u0006', 'latin1')
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(directoryBytes.length, 12)
  end.writeUInt32LE(position, 16)
  return Buffer.concat([...locals, directoryBytes, end])
}

/** An office file by the type of its main part, as [Content_Types].xml has it. */
export function officeFile(mainType: string, order: 'first' | 'last' = 'first'): Buffer {
  const types = {
    name: '[Content_Types].xml',
    text: `<?xml version="1.0"?><Types><Override PartName="/a.xml" ContentType="${mainType}.main+xml"/></Types>`,
  }
  const rest = [
    { name: '_rels/.rels', text: '<a/>' },
    { name: 'a.xml', text: noise(9000), isStored: true },
  ]
  return zipOf(order === 'first' ? [types, ...rest] : [...rest, types])
}

function noise(length: number): string {
  return Array.from({ length }, (_, index) => String.fromCharCode(97 + ((index * 7919) % 26))).join(
    '',
  )
}

/** A book or a document that names its type in its first entry (ODF 1.2 part 3, 3.3; EPUB OCF 3.3). */
export function selfNamedZip(type: string): Buffer {
  return zipOf([
    { name: 'mimetype', text: type, isStored: true },
    { name: 'content.xml', text: '<a/>' },
  ])
}

function box(brand: string, ...compatible: readonly string[]): Buffer {
  const brands = compatible.join('')
  const head = Buffer.alloc(16)
  head.writeUInt32BE(16 + brands.length, 0)
  head.write(`ftyp${brand}`, 4, 'latin1')
  return Buffer.concat([head, Buffer.from(brands), Buffer.alloc(400)])
}

function chunk(name: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(data.length, 0)
  head.write(name, 4, 'latin1')
  return Buffer.concat([head, data, Buffer.alloc(4)])
}

function png(...chunks: readonly Buffer[]): Buffer {
  const header = chunk('IHDR', Buffer.from('00000001000000010806000000', 'hex'))
  return Buffer.concat([Buffer.from('\u0089PNG\r\n\u001a\n', 'latin1'), header, ...chunks])
}

function ogg(codec: string): Buffer {
  return Buffer.concat([
    binary('OggS\u0000\u0002', 28),
    Buffer.from(codec, 'latin1'),
    Buffer.alloc(200),
  ])
}

function asf(streamType: string | null): Buffer {
  const header = Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex')
  if (streamType === null) return Buffer.concat([header, Buffer.alloc(14)])
  const stream = Buffer.concat([
    Buffer.from('9107dcb7b7a9cf118ee600c00c205365', 'hex'),
    Buffer.from('4e00000000000000', 'hex'),
    Buffer.from(streamType, 'hex'),
  ])
  return Buffer.concat([header, Buffer.alloc(14), stream, Buffer.alloc(100)])
}

function tiff(...tags: readonly number[]): Buffer {
  const head = Buffer.alloc(10 + tags.length * 12 + 100)
  head.write('II*\u0000\u0008\u0000\u0000\u0000', 'latin1')
  head.writeUInt16LE(tags.length, 8)
  for (const [index, tag] of tags.entries()) head.writeUInt16LE(tag, 10 + index * 12)
  return head
}

function ebml(documentType: string): Buffer {
  const type = Buffer.concat([
    Buffer.from([0x42, 0x82, 0x80 | documentType.length]),
    Buffer.from(documentType),
  ])
  return Buffer.concat([
    Buffer.from('1a45dfa3', 'hex'),
    Buffer.from([0x80 | type.length]),
    type,
    Buffer.alloc(200),
  ])
}

function jpeg2000(brand: string): Buffer {
  return binary(`\u0000\u0000\u0000\u000cjP  \r\n\u0087\n\u0000\u0000\u0000\u0014ftyp${brand}`)
}

const office = 'application/vnd.openxmlformats-officedocument.'
const odf = 'application/vnd.oasis.opendocument.'

/** Rows of a type, a name, and the bytes. */
const rows: readonly (readonly [type: string, name: string, bytes: Buffer])[] = [
  ['image/jpeg', 'a.jpg', binary('\u00ff\u00d8\u00ff\u00e0\u0000\u0010JFIF')],
  ['image/png', 'a.png', png(chunk('IDAT', Buffer.alloc(10)))],
  ['image/apng', 'a.apng', png(chunk('acTL', Buffer.alloc(8)), chunk('IDAT', Buffer.alloc(10)))],
  ['image/gif', 'a.gif', binary('GIF89a\u0001\u0000\u0001\u0000\u0080')],
  ['image/webp', 'a.webp', binary('RIFF\u0024\u0000\u0000\u0000WEBPVP8 ')],
  ['image/flif', 'a.flif', binary('FLIF\u0044\u0031')],
  ['image/x-xcf', 'a.xcf', binary('gimp xcf file\u0000')],
  ['image/x-canon-cr2', 'a.cr2', binary('II*\u0000\u0010\u0000\u0000\u0000CR\u0002\u0000')],
  ['image/x-canon-cr3', 'a.cr3', box('crx ', 'crx ', 'isom')],
  ['image/tiff', 'a.tif', tiff(256, 257)],
  ['image/x-sony-arw', 'a.arw', tiff(256, 50_341)],
  ['image/x-adobe-dng', 'a.dng', tiff(256, 50_706)],
  [
    'image/x-nikon-nef',
    'a.nef',
    binary('MM\u0000*\u0000\u0000\u0000\u0008\u0000\u001c\u0000\u00fe'),
  ],
  ['image/x-olympus-orf', 'a.orf', binary('IIRO\u0008\u0000\u0000\u0000\u0018')],
  [
    'image/x-panasonic-rw2',
    'a.rw2',
    binary('IIU\u0000\u0018\u0000\u0000\u0000\u0088\u00e7\u0074\u00d8'),
  ],
  ['image/x-fujifilm-raf', 'a.raf', binary('FUJIFILMCCD-RAW 0201')],
  ['image/bmp', 'a.bmp', binary('BM\u0046\u0000\u0000\u0000')],
  ['image/vnd.ms-photo', 'a.jxr', binary('II\u00bc\u0001')],
  ['image/vnd.adobe.photoshop', 'a.psd', binary('8BPS\u0000\u0001')],
  ['image/x-icon', 'a.ico', binary('\u0000\u0000\u0001\u0000\u0001\u0000')],
  ['image/bpg', 'a.bpg', binary('BPG\u00fb')],
  ['image/j2c', 'a.j2c', binary('\u00ff\u004f\u00ff\u0051')],
  ['image/jp2', 'a.jp2', jpeg2000('jp2 ')],
  ['image/jpx', 'a.jpx', jpeg2000('jpx ')],
  ['image/jpm', 'a.jpm', jpeg2000('jpm ')],
  ['image/mj2', 'a.mj2', jpeg2000('mjp2')],
  ['image/heif', 'a.heif', box('mif1', 'mif1', 'miaf')],
  ['image/heif-sequence', 'a.heifs', box('msf1', 'msf1')],
  ['image/heic', 'a.heic', box('heic', 'mif1', 'heic')],
  ['image/heic-sequence', 'a.heics', box('hevc', 'msf1', 'hevc')],
  ['image/avif', 'a.avif', box('avif', 'avif', 'mif1')],
  ['image/icns', 'a.icns', binary('icns\u0000\u0000')],
  ['image/ktx', 'a.ktx', binary('\u00abKTX 11\u00bb\r\n\u001a\n')],
  ['image/jxl', 'a.jxl', binary('\u00ff\u000a')],
  ['image/jls', 'a.jls', binary('\u00ff\u00d8\u00ff\u00f7')],
  ['image/vnd.dwg', 'a.dwg', binary('AC1027\u0000\u0000')],
  [
    'application/x-indesign',
    'a.indd',
    Buffer.concat([Buffer.from('0606edf5d81d46e5bd31efe7fe74b71d', 'hex'), Buffer.alloc(500)]),
  ],
  ['application/epub+zip', 'a.epub', selfNamedZip('application/epub+zip')],
  [
    'application/x-xpinstall',
    'a.xpi',
    zipOf([{ name: 'manifest.json' }, { name: 'META-INF/mozilla.rsa' }]),
  ],
  [
    `${office}wordprocessingml.document`,
    'a.docx',
    officeFile(`${office}wordprocessingml.document`),
  ],
  [
    `${office}wordprocessingml.template`,
    'a.dotx',
    officeFile(`${office}wordprocessingml.template`),
  ],
  [
    `${office}presentationml.presentation`,
    'a.pptx',
    officeFile(`${office}presentationml.presentation`),
  ],
  [`${office}presentationml.template`, 'a.potx', officeFile(`${office}presentationml.template`)],
  [`${office}presentationml.slideshow`, 'a.ppsx', officeFile(`${office}presentationml.slideshow`)],
  [`${office}spreadsheetml.sheet`, 'a.xlsx', officeFile(`${office}spreadsheetml.sheet`)],
  [`${office}spreadsheetml.template`, 'a.xltx', officeFile(`${office}spreadsheetml.template`)],
  [
    'application/vnd.ms-excel.sheet.macroenabled.12',
    'a.xlsm',
    officeFile('application/vnd.ms-excel.sheet.macroEnabled'),
  ],
  [
    'application/vnd.ms-excel.template.macroenabled.12',
    'a.xltm',
    officeFile('application/vnd.ms-excel.template.macroEnabled'),
  ],
  [
    'application/vnd.ms-word.document.macroenabled.12',
    'a.docm',
    officeFile('application/vnd.ms-word.document.macroEnabled'),
  ],
  [
    'application/vnd.ms-word.template.macroenabled.12',
    'a.dotm',
    officeFile('application/vnd.ms-word.template.macroEnabledTemplate'),
  ],
  [
    'application/vnd.ms-powerpoint.template.macroenabled.12',
    'a.potm',
    officeFile('application/vnd.ms-powerpoint.template.macroEnabled'),
  ],
  [
    'application/vnd.ms-powerpoint.presentation.macroenabled.12',
    'a.pptm',
    officeFile('application/vnd.ms-powerpoint.presentation.macroEnabled'),
  ],
  [
    'application/vnd.ms-powerpoint.slideshow.macroenabled.12',
    'a.ppsm',
    officeFile('application/vnd.ms-powerpoint.slideshow.macroEnabled'),
  ],
  ['application/vnd.visio', 'a.vsdx', officeFile('application/vnd.ms-visio.drawing')],
  [
    'model/3mf',
    'a.3mf',
    zipOf([
      {
        name: '[Content_Types].xml',
        text: '<Types><Default Extension="model" ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/></Types>',
      },
      { name: '3D/3dmodel.model' },
    ]),
  ],
  ...['text', 'spreadsheet', 'presentation', 'graphics'].flatMap((kind, index) => {
    const letter = 'tspg'[index] ?? ''
    return [
      [`${odf}${kind}`, `a.od${letter}`, selfNamedZip(`${odf}${kind}`)] as const,
      [`${odf}${kind}-template`, `a.ot${letter}`, selfNamedZip(`${odf}${kind}-template`)] as const,
    ]
  }),
  [
    'application/vnd.android.package-archive',
    'a.apk',
    zipOf([{ name: 'classes.dex' }, { name: 'META-INF/MANIFEST.MF' }]),
  ],
  [
    'application/java-archive',
    'a.jar',
    zipOf([{ name: 'META-INF/MANIFEST.MF' }, { name: 'A.class' }]),
  ],
  ['application/zip', 'a.zip', zipOf([{ name: 'a.txt', text: 'hello' }])],
  ['application/x-tar', 'a.tar', at(257, 'ustar\u000000', 1024)],
  ['application/x-rar-compressed', 'a.rar', binary('Rar!\u001a\u0007\u0001\u0000')],
  ['application/gzip', 'a.gz', gzipSync('hello')],
  ['application/x-bzip2', 'a.bz2', binary('BZh91AY&SY\u00d2')],
  ['application/x-7z-compressed', 'a.7z', binary('7z\u00bc\u00af\u0027\u001c')],
  ['application/x-apple-diskimage', 'a.dmg', binary('\u0078\u0001')],
  ['application/vnd.apache.arrow.file', 'a.arrow', binary('ARROW1\u0000\u0000')],
  ['application/vnd.apache.parquet', 'a.parquet', binary('PAR1\u0015\u0004')],
  ['video/mp4', 'a.mp4', box('isom', 'isom', 'mp41')],
  ['video/x-m4v', 'a.m4v', box('M4V ', 'M4V ')],
  ['audio/mp4', 'a.m4b', box('M4B ', 'M4B ')],
  ['audio/x-m4a', 'a.m4a', box('M4A ', 'M4A ')],
  ['video/quicktime', 'a.mov', box('qt  ', 'qt  ')],
  ['video/3gpp', 'a.3gp', box('3gp5', '3gp5')],
  ['video/3gpp2', 'a.3g2', box('3g2a', '3g2a')],
  ['video/matroska', 'a.mkv', ebml('matroska')],
  ['video/webm', 'a.webm', ebml('webm')],
  ['video/vnd.avi', 'a.avi', binary('RIFF\u0024\u0000\u0000\u0000AVI LIST')],
  ['video/mpeg', 'a.mpg', binary('\u0000\u0000\u0001\u00b3')],
  ['video/MP1S', 'a.mpg', binary('\u0000\u0000\u0001\u00ba\u0021')],
  ['video/MP2P', 'a.mpg', binary('\u0000\u0000\u0001\u00ba\u0044')],
  ['video/mp2t', 'a.mts', Buffer.concat([binary('G', 188), binary('G', 188), binary('G', 188)])],
  ['video/ogg', 'a.ogv', ogg('\u0080theora')],
  ['audio/ogg', 'a.ogg', ogg('\u0001vorbis')],
  ['audio/ogg; codecs=opus', 'a.opus', ogg('OpusHead')],
  ['application/ogg', 'a.ogx', ogg('whatever')],
  ['video/x-flv', 'a.flv', binary('FLV\u0001\u0005')],
  ['audio/x-ms-asf', 'a.wma', asf('409e69f84d5bcf11a8fd00805f5c442b')],
  ['video/x-ms-asf', 'a.wmv', asf('c0ef19bc4d5bcf11a8fd00805f5c442b')],
  ['application/vnd.ms-asf', 'a.asf', asf(null)],
  ['audio/midi', 'a.mid', binary('MThd\u0000\u0000\u0000\u0006')],
  ['audio/wav', 'a.wav', binary('RIFF\u0024\u0000\u0000\u0000WAVEfmt ')],
  ['audio/qcelp', 'a.qcp', binary('RIFF\u0024\u0000\u0000\u0000QLCMfmt ')],
  ['audio/mpeg', 'a.mp3', binary('\u00ff\u00fb\u0090\u0000')],
  ['audio/aac', 'a.aac', binary('\u00ff\u00f1\u0050\u0080')],
  ['audio/flac', 'a.flac', binary('fLaC\u0000')],
  ['audio/ape', 'a.ape', binary('MAC \u0096\u000f')],
  ['audio/wavpack', 'a.wv', binary('wvpk\u0000')],
  ['audio/amr', 'a.amr', binary('#!AMR\n\u003c')],
  ['audio/aiff', 'a.aif', binary('FORM\u0000\u0000\u0000\u0000AIFF')],
  ['audio/x-musepack', 'a.mpc', binary('MPCKSH\u0000')],
  ['audio/x-dsf', 'a.dsf', binary('DSD \u001c\u0000')],
  ['audio/x-voc', 'a.voc', binary('Creative Voice File\u001a')],
  ['audio/vnd.dolby.dd-raw', 'a.ac3', binary('\u000b\u0077')],
  ['audio/x-it', 'a.it', binary('IMPM\u0000')],
  ['audio/x-s3m', 'a.s3m', at(44, 'SCRM')],
  ['audio/x-xm', 'a.xm', binary('Extended Module: \u001a')],
  ['application/vnd.rn-realmedia', 'a.rm', binary('.RMF\u0000\u0000')],
  [
    'application/mxf',
    'a.mxf',
    Buffer.concat([Buffer.from('060e2b34020501010d0102010102', 'hex'), Buffer.alloc(400)]),
  ],
  ['application/pdf', 'a.pdf', binary('%PDF-1.7\n%\u00e2\u00e3\u00cf\u00d3\n')],
  ['application/x-elf', 'a.elf', binary('\u007fELF\u0002\u0001')],
  ['application/x-mach-binary', 'a.macho', binary('\u00cf\u00fa\u00ed\u00fe')],
  ['application/x-msdownload', 'a.exe', binary('MZ\u0090\u0000')],
  ['application/x-shockwave-flash', 'a.swf', binary('FWS\u0006\u0000')],
  ['application/rtf', 'a.rtf', Buffer.from('{\\rtf1\\ansi hello}')],
  ['application/wasm', 'a.wasm', binary('\u0000asm\u0001')],
  ['font/woff', 'a.woff', binary('wOFF\u0000\u0001\u0000\u0000')],
  ['font/woff2', 'a.woff2', binary('wOF2\u0000\u0001\u0000\u0000')],
  [
    'application/vnd.ms-fontobject',
    'a.eot',
    Buffer.concat([at(8, '\u0001\u0000\u0002', 34), Buffer.from('LP'), Buffer.alloc(300)]),
  ],
  ['font/ttf', 'a.ttf', binary('\u0000\u0001\u0000\u0000\u0000\u000f')],
  ['font/otf', 'a.otf', binary('OTTO\u0000\u000c')],
  ['font/collection', 'a.ttc', binary('ttcf\u0000\u0001')],
  ['application/postscript', 'a.ps', Buffer.from('%!PS-Adobe-3.0\nshowpage\n')],
  ['application/eps', 'a.eps', Buffer.from('%!PS-Adobe-3.0 EPSF-3.0\nshowpage\n')],
  ['application/x-xz', 'a.xz', binary('\u00fd7zXZ\u0000')],
  ['application/x-sqlite3', 'a.sqlite', binary('SQLite format 3\u0000')],
  ['application/x-nintendo-nes-rom', 'a.nes', binary('NES\u001a')],
  ['application/x-google-chrome-extension', 'a.crx', binary('Cr24\u0003\u0000')],
  ['application/vnd.ms-cab-compressed', 'a.cab', binary('MSCF\u0000')],
  ['application/x-deb', 'a.deb', binary('!<arch>\ndebian-binary   ')],
  [
    'application/x-unix-archive',
    'a.ar',
    Buffer.from('!<arch>\na.txt/          0           0     0     644     5         `\nhello\n'),
  ],
  ['application/x-rpm', 'a.rpm', binary('\u00ed\u00ab\u00ee\u00db')],
  ['application/x-compress', 'a.Z', binary('\u001f\u009d\u0090')],
  ['application/x-lzip', 'a.lz', binary('LZIP\u0001')],
  [
    'application/x-cfb',
    'a.cfb',
    Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600)]),
  ],
  ['application/x-mie', 'a.mie', binary('\u007e\u0010\u0004\u00000MIE')],
  ['application/x-blender', 'a.blend', binary('BLENDER-v300\u0000')],
  ['application/xml', 'a.xml', Buffer.from('<?xml version="1.0"?><a/>')],
  ['application/x-mobipocket-ebook', 'a.mobi', at(60, 'BOOKMOBI')],
  ['application/dicom', 'a.dcm', at(128, 'DICM')],
  ['text/calendar', 'a.ics', Buffer.from('BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n')],
  ['text/vcard', 'a.vcf', Buffer.from('BEGIN:VCARD\r\nEND:VCARD\r\n')],
  ['text/vtt', 'a.vtt', Buffer.from('WEBVTT\n\n00:01.000 --> 00:04.000\nHello.\n')],
  ['model/gltf-binary', 'a.glb', binary('glTF\u0002\u0000\u0000\u0000')],
  ['model/stl', 'a.stl', Buffer.from('solid cube\nfacet normal 0 0 1\nendsolid cube\n')],
  ['application/vnd.tcpdump.pcap', 'a.pcap', binary('\u00d4\u00c3\u00b2\u00a1')],
  [
    'application/x.ms.shortcut',
    'a.lnk',
    Buffer.concat([
      Buffer.from('4c0000000114020000000000c000000000000046', 'hex'),
      Buffer.alloc(300),
    ]),
  ],
  [
    'application/x.apple.alias',
    'a.alias',
    binary('book\u0000\u0000\u0000\u0000mark\u0000\u0000\u0000\u0000'),
  ],
  ['application/x-esri-shape', 'a.shp', binary('\u0000\u0000\u0027\u000a')],
  [
    'application/vnd.sketchup.skp',
    'a.skp',
    Buffer.concat([
      Buffer.from([0xff, 0xfe, 0xff, 0x0e]),
      Buffer.from('SketchUp Model', 'utf16le'),
      Buffer.alloc(500),
    ]),
  ],
  ['application/x-lzh-compressed', 'a.lzh', binary('\u0020\u0000-lh5-')],
  [
    'application/pgp-encrypted',
    'a.pgp',
    Buffer.from('-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n'),
  ],
  ['application/x-asar', 'a.asar', asar('{"files":{"a.js":{}}}')],
  ['application/vnd.ms-htmlhelp', 'a.chm', binary('ITSF\u0003\u0000')],
  ['application/zstd', 'a.zst', binary('\u0028\u00b5\u002f\u00fd')],
  ['application/vnd.ms-outlook', 'a.pst', binary('!BDN\u0000')],
  ['application/java-vm', 'a.class', binary('\u00ca\u00fe\u00ba\u00be\u0000\u0000\u0000\u0034')],
  ['application/x-arj', 'a.arj', binary('\u0060\u00ea\u0000')],
  ['application/x-cpio', 'a.cpio', binary('070707000')],
  [
    'application/x-ace-compressed',
    'a.ace',
    Buffer.concat([Buffer.alloc(7), Buffer.from('**ACE**'), Buffer.alloc(300)]),
  ],
  ['application/avro', 'a.avro', binary('Obj\u0001')],
  ['application/vnd.iccprofile', 'a.icc', at(36, 'acsp')],
  ['application/x.autodesk.fbx', 'a.fbx', binary('Kaydara FBX Binary  \u0000')],
  ['application/vnd.google.draco', 'a.drc', binary('DRACO\u0002\u0002')],
  ['application/x-lz4', 'a.lz4', binary('\u0004\u0022\u004d\u0018')],
  ['application/x-spss-sav', 'a.sav', binary('$FL2@(#) SPSS DATA FILE\u0000')],
  [
    'application/x-ms-regedit',
    'a.reg',
    Buffer.from('\ufeffWindows Registry Editor Version 5.00\r\n', 'utf16le'),
  ],
  ['application/x-ft-windows-registry-hive', 'a.dat', binary('regf\u0000')],
  [
    'application/x-jmp-data',
    'a.jmp',
    Buffer.concat([Buffer.from('ffff0000070000000400000001000100', 'hex'), Buffer.alloc(300)]),
  ],
]

function asar(json: string): Buffer {
  const head = Buffer.alloc(16)
  head.writeUInt32LE(4, 0)
  head.writeUInt32LE(json.length, 12)
  return Buffer.concat([head, Buffer.from(json), Buffer.alloc(5000)])
}

/** One true file of each type that file-type can name. */
export const trueFiles: readonly TrueFile[] = rows.map(([type, name, bytes]) => ({
  type,
  name,
  bytes,
}))
