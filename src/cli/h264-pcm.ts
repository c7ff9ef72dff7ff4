// The little of H.264 (ITU-T H.264, 7.3) that writes uncompressed pictures. All samples are 16 or
// more, so that no byte sequence can look like a start code and need escaping (7.4.1).

/** A frame's size in blocks of 16 x 16 pixels. */
export interface FrameShape {
  readonly blocksWide: number
  readonly blocksHigh: number
}

/** Y, Cb, Cr; each 16 to 235. */
export type BlockColour = readonly [brightness: number, blueness: number, redness: number]

/** The sequence parameter set: constrained baseline, level 3.1, frames in the order they come. */
export function sequenceParameters({ blocksWide, blocksHigh }: FrameShape): Buffer {
  const bits = new BitWriter()
  bits.fixed(8, 0x67).fixed(8, 66).fixed(8, 0xc0).fixed(8, 31)
  // Set 0; frame_num of 4 bits; picture order as decoded; one reference frame, no gaps.
  bits.ue(0).ue(0).ue(2).ue(1).fixed(1, 0)
  bits.ue(blocksWide - 1).ue(blocksHigh - 1)
  // Whole frames; 8x8 inference; no cropping; no usability information.
  bits.fixed(1, 1).fixed(1, 1).fixed(1, 0).fixed(1, 0)
  return bits.end()
}

/** The picture parameter set: everything off, but that slices may turn the deblocking filter off. */
export function pictureParameters(): Buffer {
  const bits = new BitWriter()
  bits.fixed(8, 0x68).ue(0).ue(0).fixed(1, 0).fixed(1, 0)
  bits.ue(0).ue(0).ue(0).fixed(1, 0).fixed(2, 0).ue(0).ue(0).ue(0)
  bits.fixed(1, 1).fixed(1, 0).fixed(1, 0)
  return bits.end()
}

/** A frame that can be jumped to, with its length before it as MP4 wants it; of one size for all. */
export function formatPcmFrame(
  { blocksWide, blocksHigh }: FrameShape,
  index: number,
  colourAt: (column: number, row: number) => BlockColour,
): Buffer {
  const head = sliceHead(index)
  const frame = Buffer.alloc(4 + head.length + blocksWide * blocksHigh * (384 + 2) - 2 + 1)
  frame.writeUInt32BE(frame.length - 4)
  frame.set(head, 4)
  let at = 4 + head.length
  for (let row = 0; row < blocksHigh; row++)
    for (let column = 0; column < blocksWide; column++) {
      // The first block's type is in the slice's head: ue(25), I_PCM, then zeros up to a byte.
      if (row + column > 0) at = frame.writeUInt16BE(0x0d_00, at)
      const [brightness, blueness, redness] = colourAt(column, row)
      frame.fill(brightness, at, at + 256)
      frame.fill(blueness, at + 256, at + 320)
      frame.fill(redness, at + 320, at + 384)
      at += 384
    }
  // The stop bit.
  frame[at] = 0x80
  return frame
}

/** Nal type 5, first block 0, slice type 7 (all intra), picture set 0, frame_num 0, ... */
function sliceHead(index: number): Buffer {
  const bits = new BitWriter()
  bits.fixed(8, 0x65).ue(0).ue(7).ue(0).fixed(4, 0)
  // Two such pictures in a row must have different ids.
  bits.ue(index % 2)
  // No reference marking, no change of quantizer, no deblocking; then the first block's type.
  bits.fixed(2, 0).ue(0).ue(1).ue(25)
  return bits.aligned()
}

/** Writes bits, the most significant first. */
class BitWriter {
  #bits = ''

  /** A number in `width` bits. */
  fixed(width: number, value: number): this {
    this.#bits += value.toString(2).padStart(width, '0')
    return this
  }

  /** Exp-Golomb code (9.1): as many zeros as follow the first bit of value + 1. */
  ue(value: number): this {
    const code = (value + 1).toString(2)
    this.#bits += '0'.repeat(code.length - 1) + code
    return this
  }

  /** With zeros up to a whole byte. */
  aligned(): Buffer {
    const bytes = this.#bits.match(/.{1,8}/g) ?? []
    return Buffer.from(bytes.map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2)))
  }

  /** With the stop bit and zeros up to a whole byte. */
  end(): Buffer {
    return this.fixed(1, 1).aligned()
  }
}
