// A file system of another kind, in an image on a loop device. It takes root, the kernel's or FUSE's
// driver, and the programs; where one of them is missing, `whyNoImage` says which.

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file system that a test can be run on. */
export interface ImageKind {
  readonly name: 'exfat' | 'vfat'
  /** Makes the file system on a device. */
  readonly make: readonly string[]
  /** Mounts a device; its path and the folder follow. */
  readonly mount: readonly string[]
}

/** File systems without hard links, and where capitals don't count. */
export const imageKinds: readonly ImageKind[] = [
  { name: 'exfat', make: ['mkfs.exfat'], mount: ['mount.exfat-fuse'] },
  { name: 'vfat', make: ['mkfs.vfat'], mount: ['mount', '-t', 'vfat'] },
]

/** A mounted image. */
export interface MountedImage {
  readonly folder: string
  unmount(): void
}

/** Why a kind can't be mounted here; `null` where it can. */
export function whyNoImage(kind: ImageKind): string | null {
  if (process.getuid?.() !== 0) return 'only root may mount'
  try {
    mountImage(kind).unmount()
    return null
  } catch (error) {
    return `${kind.name} can't be mounted: ${reasonOf(error)}`
  }
}

/** The second line says what was wrong; the first has the whole command. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it fails'
  return error.message.trim().split('\n')[1] ?? error.message
}

/** Makes an empty file system and mounts it. @throws where that can't be done. */
export function mountImage(kind: ImageKind): MountedImage {
  const base = mkdtempSync(join(tmpdir(), `titofisto-${kind.name}-`))
  const image = join(base, 'image')
  const folder = join(base, 'mounted')
  const undo = [() => rmSync(base, { recursive: true })]
  try {
    mkdirSync(folder)
    writeFileSync(image, '')
    truncateSync(image, 64 * 1024 * 1024)
    run(...kind.make, image)
    const device = run('losetup', '-f', '--show', image).trim()
    undo.unshift(() => run('losetup', '-d', device))
    run(...kind.mount, device, folder)
    undo.unshift(() => run('umount', folder))
  } catch (error) {
    for (const step of undo) step()
    throw error
  }
  return {
    folder,
    unmount() {
      for (const step of undo) step()
    },
  }
}

function run(...[program = '', ...args]: readonly string[]): string {
  const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` }
  return execFileSync(program, args, { encoding: 'utf8', stdio: 'pipe', env, timeout: 20_000 })
}
