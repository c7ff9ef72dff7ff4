// What stands before the frames in an MP4 file (ISO/IEC 14496-12 and -15): one track of H.264, whose
// frames all have one size and can all be jumped to.

/** What a film is. */
export interface FilmFacts {
  readonly widthPixels: number
  readonly heightPixels: number
  readonly framesPerSecond: number
  readonly frameCount: number
  /** Of each frame, with its length before it. */
  readonly frameBytes: number
  readonly sequenceParameters: Buffer
  readonly pictureParameters: Buffer
}

const unitsPerSecond = 1000

/** Formats all of the file up to its first frame; the frames follow without anything between them. */
export function formatMp4Head(film: FilmFacts): Buffer {
  const fileType = box('ftyp', ascii('isom'), u32(512), ascii('isomiso2avc1mp41'))
  // The movie's table holds the place of the first frame, which is behind the table.
  const firstFrameAt = fileType.length + movie(film, 0).length + 8
  const frames = u32(8 + film.frameBytes * film.frameCount)
  return Buffer.concat([fileType, movie(film, firstFrameAt), frames, ascii('mdat')])
}

function movie(film: FilmFacts, firstFrameAt: number): Buffer {
  const { widthPixels, heightPixels } = film
  const duration = (film.frameCount * unitsPerSecond) / film.framesPerSecond
  return box(
    'moov',
    // Version and flags, two times of day, time scale, duration, rate 1, volume 1.
    box(
      'mvhd',
      u32(0, 0, 0, unitsPerSecond, duration, 0x1_0000),
      u16(0x100, 0),
      u32(0, 0, ...matrix, 0, 0, 0, 0, 0, 0, 2),
    ),
    box(
      'trak',
      box(
        'tkhd',
        u32(7, 0, 0, 1, 0, duration, 0, 0),
        u16(0, 0, 0, 0),
        u32(...matrix, widthPixels * 0x1_0000, heightPixels * 0x1_0000),
      ),
      box(
        'mdia',
        box('mdhd', u32(0, 0, 0, unitsPerSecond, duration), u16(undeterminedLanguage, 0)),
        box('hdlr', u32(0, 0), ascii('vide'), u32(0, 0, 0), ascii('film\0')),
        box(
          'minf',
          box('vmhd', u32(1, 0, 0)),
          box('dinf', box('dref', u32(0, 1), box('url ', u32(1)))),
          sampleTable(film, firstFrameAt),
        ),
      ),
    ),
  )
}

/** The identity, as three rows of 16.16, 16.16 and 2.30. */
const matrix = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000]

const undeterminedLanguage = 0x55c4

/** One chunk with all frames. No list of those that can be jumped to: that means all. */
function sampleTable(film: FilmFacts, firstFrameAt: number): Buffer {
  const { frameCount, frameBytes, framesPerSecond } = film
  return box(
    'stbl',
    box('stsd', u32(0, 1), sampleEntry(film)),
    box('stts', u32(0, 1, frameCount, unitsPerSecond / framesPerSecond)),
    box('stsc', u32(0, 1, 1, frameCount, 1)),
    box('stsz', u32(0, frameBytes, frameCount)),
    box('stco', u32(0, 1, firstFrameAt)),
  )
}

function sampleEntry(film: FilmFacts): Buffer {
  const { sequenceParameters: sps, pictureParameters: pps } = film
  return box(
    'avc1',
    u16(0, 0, 0, 1),
    u32(0, 0, 0, 0),
    u16(film.widthPixels, film.heightPixels),
    // 72 dots an inch both ways, one frame a sample, no name, 24 bits deep.
    u32(0x48_0000, 0x48_0000, 0),
    u16(1),
    Buffer.alloc(32),
    u16(24, 0xffff),
    box(
      'avcC',
      Buffer.from([1, sps[1] ?? 0, sps[2] ?? 0, sps[3] ?? 0, 0xff, 0xe1]),
      u16(sps.length),
      sps,
      Buffer.from([1]),
      u16(pps.length),
      pps,
    ),
  )
}

function box(type: string, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([u32(8 + content.length), ascii(type), content])
}

function ascii(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

function u32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4)
  return bytes
}

function u16(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2)
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, index * 2)
  return bytes
}
