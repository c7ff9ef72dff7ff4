// A sound of five minutes to jump around in: a scale that rises, so that one hears where one is.

const samplesPerSecond = 48_000
/** 16 bits on two channels. */
const bytesPerSample = 4
const stepSeconds = 10

/** Gives the sound step by step as WAV (55 MiB, unless told otherwise); the same bytes each time. */
export function* makeSound(seconds = 300): Generator<Buffer> {
  yield formatWavHead(seconds * samplesPerSecond * bytesPerSample)
  for (let step = 0; step < seconds / stepSeconds; step++) yield makeStep(step)
}

/** Whole waves only, so that one step goes on into the next without a click. */
function makeStep(step: number): Buffer {
  const hertz = Math.round(220 * 2 ** (step / 12))
  const second = Buffer.alloc(samplesPerSecond * bytesPerSample)
  for (let index = 0; index < samplesPerSecond; index++) {
    const level = Math.round(8000 * Math.sin((index * hertz * 2 * Math.PI) / samplesPerSecond))
    second.writeInt16LE(level, index * bytesPerSample)
    second.writeInt16LE(level, index * bytesPerSample + 2)
  }
  return Buffer.concat(Array.from({ length: stepSeconds }, () => second))
}

function formatWavHead(dataBytes: number): Buffer {
  const head = Buffer.alloc(44)
  head.write('RIFF', 0, 'latin1')
  head.writeUInt32LE(36 + dataBytes, 4)
  head.write('WAVEfmt ', 8, 'latin1')
  head.writeUInt32LE(16, 16)
  // PCM, two channels, the rate in samples and in bytes, bytes and bits of a sample.
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(2, 22)
  head.writeUInt32LE(samplesPerSecond, 24)
  head.writeUInt32LE(samplesPerSecond * bytesPerSample, 28)
  head.writeUInt16LE(bytesPerSample, 32)
  head.writeUInt16LE(16, 34)
  head.write('data', 36, 'latin1')
  head.writeUInt32LE(dataBytes, 40)
  return head
}
