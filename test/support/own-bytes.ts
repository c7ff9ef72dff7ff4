// Bytes that tell whose they are and where they belong: each eight bytes are their owner's number
// and their own place. A byte in the wrong file, or in the wrong place of the right one, shows.

const cellBytes = 8

/** An owner's first bytes. */
export function ownBytes(owner: number, lengthBytes: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Math.ceil(lengthBytes / cellBytes) * cellBytes)
  for (let position = 0; position < bytes.length; position += cellBytes) {
    bytes.writeUInt32BE(owner, position)
    bytes.writeUInt32BE(position / cellBytes, position + 4)
  }
  return bytes.subarray(0, lengthBytes)
}

/** Says which bytes are not an owner's first ones, and whose they seem to be; `null` where all are. */
export function whyNotOwn(bytes: Buffer, owner: number, lengthBytes: number): string | null {
  if (bytes.length !== lengthBytes)
    return `${bytes.length} bytes of ${owner} instead of ${lengthBytes}`
  const expected = ownBytes(owner, lengthBytes)
  if (bytes.equals(expected)) return null
  const at = bytes.findIndex((byte, position) => byte !== expected[position])
  const cell = Math.min(at - (at % cellBytes), lengthBytes - cellBytes)
  const found =
    cell < 0 ? 'others' : `place ${bytes.readUInt32BE(cell + 4)} of ${bytes.readUInt32BE(cell)}`
  return `at byte ${at} of ${owner} are bytes of ${found}`
}
