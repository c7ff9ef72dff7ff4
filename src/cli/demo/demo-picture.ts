// A real PNG, drawn in code: a circle on a gradient (PNG, third edition, section 5).

import { crc32, deflateSync } from 'node:zlib'

const widthPixels = 320
const heightPixels = 200

/** Draws the picture of the sample folder. */
export function drawPicture(): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(widthPixels, 0)
  header.writeUInt32BE(heightPixels, 4)
  // Eight bits a channel; red, green and blue; deflated, filtered by rows, not interlaced.
  header.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(drawRows())),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function drawRows(): Buffer {
  const rowBytes = 1 + widthPixels * 3
  const rows = Buffer.alloc(rowBytes * heightPixels)
  for (let y = 0; y < heightPixels; y++)
    for (let x = 0; x < widthPixels; x++) {
      const isCircle = (x - widthPixels / 2) ** 2 + (y - heightPixels / 2) ** 2 < 70 ** 2
      const colour = isCircle ? [255, 236, 179] : [(x * 200) / widthPixels, 90, 255 - y]
      // Each row begins with its filter: 0, none.
      rows.set(colour, y * rowBytes + 1 + x * 3)
    }
  return rows
}

function chunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32(typed))
  return Buffer.concat([length, typed, checksum])
}
