// True files that the sniffing library does not see, or sees as something else: where what tells them stands
// beyond their first bytes, or where they come in a rarer form.

import { crc32 } from 'node:zlib'
import { selfNamedZip, zipOf, type TrueFile } from './true-files.ts'

const tail = Buffer.alloc(20_000, 0xa5)

function file(type: string, name: string, latin1: string): TrueFile {
  return { type, name, bytes: Buffer.concat([Buffer.from(latin1, 'latin1'), tail]) }
}

/** A PNG of that many bytes of colour profile before its first picture. */
function pngWithProfile(): Buffer {
  const chunk = (name: string, data: Buffer): Buffer => {
    const bytes = Buffer.alloc(12 + data.length)
    bytes.writeUInt32BE(data.length, 0)
    bytes.write(name, 4, 'latin1')
    data.copy(bytes, 8)
    bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), bytes.length - 4)
    return bytes
  }
  const signature = Buffer.from('89504e470d0a1a0a', 'hex')
  const header = chunk('IHDR', Buffer.from('00000001000000010806000000', 'hex'))
  return Buffer.concat([signature, header, chunk('iCCP', tail), chunk('acTL', Buffer.alloc(8))])
}

/** An asar archive: Chromium pickles of lengths, and its directory as JSON. */
function asar(): Buffer {
  const directory = JSON.stringify({
    files: { 'a.txt': { size: 1, offset: '0' } },
    pad: tail.toString('hex'),
  })
  const head = Buffer.alloc(16)
  head.writeUInt32LE(4, 0)
  head.writeUInt32LE(directory.length + 8, 4)
  head.writeUInt32LE(directory.length + 4, 8)
  head.writeUInt32LE(directory.length, 12)
  return Buffer.concat([head, Buffer.from(directory)])
}

function binaryWorkbook(): Buffer {
  const main = 'application/vnd.ms-excel.sheet.binary.macroEnabled.main'
  return zipOf([
    { name: '[Content_Types].xml', text: `<Types><Override ContentType="${main}"/></Types>` },
    { name: 'xl/workbook.bin', text: 'x' },
  ])
}

/** Each is what its type and its name say. */
export const rareFiles: readonly TrueFile[] = [
  // The directory of a TIFF is where its writer likes: libtiff's is the last thing in the file.
  file('image/tiff', 'late.tif', 'II*\0\x00\x40\0\0'),
  file('image/tiff', 'late-too.tiff', 'MM\0*\0\0\x40\0'),
  file('image/x-adobe-dng', 'raw.dng', 'II*\0\x00\x40\0\0'),
  file('image/x-olympus-orf', 'old.orf', 'IIRS\x08\0\0\0'),
  file('image/x-panasonic-rw2', 'old.rw2', 'IIU\0\x08\0\0\0'),
  file('audio/wav', 'long.wav', 'RF64\xff\xff\xff\xffWAVEds64'),
  file('audio/wav', 'broadcast.wav', 'BW64\xff\xff\xff\xffWAVEds64'),
  file('application/zstd', 'skipping.zst', 'P*M\x18\x04\0\0\0abcd(\xb5/\xfd'),
  file('application/vnd.tcpdump.pcap', 'nano.pcap', 'M<\xb2\xa1\x02\0\x04\0'),
  file('application/vnd.tcpdump.pcap', 'patched.pcap', '4\xcd\xb2\xa1\x02\0\x04\0'),
  file('application/x-lz4', 'old.lz4', '\x02!L\x18\0\x40\0\0'),
  file('application/x-rar-compressed', 'old.rar', 'RE~^\x07\0\0\0'),
  file('font/ttf', 'apple.ttf', 'true\0\x0c\0\x80\0\x03\0\x40'),
  file('font/woff', 'apple.woff', 'wOFFtrue\0\0\x40\0'),
  file('font/woff2', 'collection.woff2', 'wOF2ttcf\0\0\x40\0'),
  file('image/heic', 'angles.heic', '\0\0\0\x18ftypheim\0\0\0\0mif1heim'),
  file('image/heic-sequence', 'angles.heics', '\0\0\0\x18ftyphevm\0\0\0\0msf1hevm'),
  file('application/x-shockwave-flash', 'packed.swf', 'ZWS\x0d\x00\x40\0\0'),
  file('font/otf', 'true.otf', '\0\x01\0\0\0\x0c\0\x80\0\x03\0\x40DSIG'),
  file('image/heic-sequence', 'burst.heics', '\0\0\0\x18ftyphevc\0\0\0\0msf1hevc'),
  { type: 'image/apng', name: 'profile.apng', bytes: pngWithProfile() },
  { type: 'application/x-asar', name: 'app.asar', bytes: asar() },
  {
    type: 'application/vnd.ms-excel.sheet.binary.macroenabled.12',
    name: 'book.xlsb',
    bytes: binaryWorkbook(),
  },
  {
    type: 'application/vnd.oasis.opendocument.database',
    name: 'base.odb',
    bytes: selfNamedZip('application/vnd.oasis.opendocument.base'),
  },
  {
    type: 'application/x.autodesk.fbx',
    name: 'text.fbx',
    bytes: Buffer.from('; FBX 7.3.0 project file\nFBXHeaderExtension:  {\n}\n'),
  },
]
