// A real film of one minute, drawn in code: the seconds in large digits, so that one sees where one
// has jumped to. Every block of 16 x 16 pixels has one colour and is stored uncompressed (H.264's
// I_PCM), so that no encoder is needed, every frame can be jumped to, and the file is large.

import { formatPcmFrame, pictureParameters, sequenceParameters } from './h264-pcm.ts'
import { formatMp4Head } from './mp4-head.ts'
import type { BlockColour, FrameShape } from './h264-pcm.ts'

const shape: FrameShape = { blocksWide: 20, blocksHigh: 12 }
const framesPerSecond = 10
const filmSeconds = 60

/** Gives the film piece by piece, about 53 MiB of MP4; the same bytes each time. */
export function* drawFilm(): Generator<Buffer> {
  const frameCount = framesPerSecond * filmSeconds
  const firstFrame = drawFrame(0)
  yield formatMp4Head({
    widthPixels: shape.blocksWide * 16,
    heightPixels: shape.blocksHigh * 16,
    framesPerSecond,
    frameCount,
    frameBytes: firstFrame.length,
    sequenceParameters: sequenceParameters(shape),
    pictureParameters: pictureParameters(),
  })
  yield firstFrame
  for (let index = 1; index < frameCount; index++) yield drawFrame(index)
}

// Brightness and two colour differences, 16 to 235, as television has them.
const sky: BlockColour = [60, 150, 110]
const digitColour: BlockColour = [225, 128, 128]
const barColour: BlockColour = [170, 60, 170]

function drawFrame(index: number): Buffer {
  const digits = String(Math.floor(index / framesPerSecond)).padStart(2, '0')
  const barWidth = (index / (framesPerSecond * filmSeconds)) * shape.blocksWide
  return formatPcmFrame(shape, index, (column, row) => {
    if (row === shape.blocksHigh - 1) return column < barWidth ? barColour : sky
    return isDigitAt(digits, column - 5, row - 3) ? digitColour : sky
  })
}

/** Each digit is three blocks wide and five high; four more columns are between two of them. */
function isDigitAt(digits: string, column: number, row: number): boolean {
  const place = Math.floor(column / 6)
  const within = column - place * 6
  if (place < 0 || row < 0 || row > 4 || within > 2) return false
  const picture = digitPictures[Number(digits.charAt(place) || -1)]
  return picture?.charAt(row * 3 + within) === '#'
}

const digitPictures = [
  '#### ## ## ####',
  ' #  #  #  #  # ',
  '###  #####  ###',
  '###  ####  ####',
  '# ## ####  #  #',
  '####  ###  ####',
  '####  #### ####',
  '###  #  #  #  #',
  '#### ##### ####',
  '#### ####  ####',
]
