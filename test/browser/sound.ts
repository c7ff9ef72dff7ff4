// A sound for players to jump around in.

/** Makes a tone as WAV, 16 bits and two channels at 48 kHz: 23 MB in two minutes, more than players keep. */
export function makeSound(seconds: number): Buffer {
  const samplesPerSecond = 48_000
  const second = Buffer.alloc(samplesPerSecond * 4)
  for (let index = 0; index < samplesPerSecond; index++) {
    const level = Math.round(8000 * Math.sin((index * 440 * 2 * Math.PI) / samplesPerSecond))
    second.writeInt16LE(level, index * 4)
    second.writeInt16LE(level, index * 4 + 2)
  }
  const head = Buffer.alloc(44)
  head.write('RIFF', 0, 'latin1')
  head.writeUInt32LE(36 + second.length * seconds, 4)
  head.write('WAVEfmt ', 8, 'latin1')
  head.writeUInt32LE(16, 16)
  // PCM, two channels, the rate in samples and in bytes, bytes and bits of a sample.
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(2, 22)
  head.writeUInt32LE(samplesPerSecond, 24)
  head.writeUInt32LE(samplesPerSecond * 4, 28)
  head.writeUInt16LE(4, 32)
  head.writeUInt16LE(16, 34)
  head.write('data', 36, 'latin1')
  head.writeUInt32LE(second.length * seconds, 40)
  return Buffer.concat([head, ...Array.from({ length: seconds }, () => second)])
}
