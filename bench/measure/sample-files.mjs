// @ts-check
// The files that are served; made once and kept in bench/work.

import { createWriteStream, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import path from 'node:path'
import { workFolder } from './work-folder.mjs'

/**
 * Folder `count`-x-`bytes` with that many files; the names are below it, 1,000 to a folder.
 * @param {number} count
 * @param {number} bytes
 * @param {string} [place]
 */
export function makeSmallFiles(count, bytes, place = workFolder) {
  const root = path.join(place, `small-${count}-x-${bytes}`)
  const names = Array.from(
    { length: count },
    (_, index) => `${Math.floor(index / 1000)}/photo-${String(index).padStart(6, '0')}.jpg`,
  )
  const finished = path.join(root, 'finished')
  if (!existsSync(finished)) {
    for (let folder = 0; folder < count / 1000; folder++)
      mkdirSync(path.join(root, String(folder)), { recursive: true })
    const body = pattern(bytes)
    for (const name of names) {
      // Each file begins with its own name, so that a mixed-up answer shows.
      body.write(name.slice(0, bytes), 'latin1')
      writeFileSync(path.join(root, name), body)
    }
    writeFileSync(finished, '')
  }
  return { root, names }
}

/**
 * One large file, `<MiB>.mp4`; gives its root and name.
 * @param {number} mebibytes
 */
export async function makeLargeFile(mebibytes) {
  const root = path.join(workFolder, 'large')
  const name = `${mebibytes}-mib.mp4`
  const finished = path.join(root, `${name}.finished`)
  if (!existsSync(finished)) {
    mkdirSync(root, { recursive: true })
    const out = createWriteStream(path.join(root, name))
    const body = pattern(1024 * 1024)
    for (let index = 0; index < mebibytes; index++) {
      body.writeUInt32BE(index)
      // A copy: the stream may still hold the last one.
      if (!out.write(Buffer.from(body))) await once(out, 'drain')
    }
    out.end()
    await once(out, 'close')
    writeFileSync(finished, '')
  }
  return { root, name, bytes: mebibytes * 1024 * 1024 }
}

/**
 * Bytes that no compression and no delimiter search finds easy, the same every time.
 * @param {number} bytes
 */
export function pattern(bytes) {
  const buffer = Buffer.allocUnsafe(bytes)
  let state = 0x9e3779b9
  for (let index = 0; index < bytes; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    buffer[index] = state >>> 24
  }
  return buffer
}
