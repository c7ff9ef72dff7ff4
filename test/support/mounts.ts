// File systems of other kinds than the machine's own, mounted for a test and unmounted whatever
// happens. Needs root, and for some a program of Debian's; where it can't be had, the reason is told.

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file system that can be mounted. */
export interface MountKind {
  readonly name: string
  /** Whether names that differ in capitals are one there. */
  readonly foldsCase: boolean
  /** Whether every name of our rule is one there. */
  readonly takesAllNames: boolean
  /** Whether a file that is replaced is there all the time; libfuse hides one that is open first. */
  readonly replacesAtomically: boolean
  /** Facts of the storage's contract that its program can't keep for anybody, and why. */
  readonly untried?: Readonly<Record<string, string>>
  /** Mounts it at `at`, keeping what it needs in `folder`, and gives what undoes that, in order. */
  readonly mount: (at: string, folder: string) => readonly (readonly string[])[]
}

/** One that is mounted, or why it can't be. */
export type Mounted =
  | { readonly path: string; readonly unmount: () => void }
  | { readonly skipReason: string }

const plain = { foldsCase: false, takesAllNames: true, replacesAtomically: true } as const
const unmounting = (at: string): readonly string[] => ['umount', at]

/** All that a Debian machine may have. */
export const mountKinds: readonly MountKind[] = [
  {
    ...plain,
    name: 'tmpfs',
    mount(at) {
      run('mount', '-t', 'tmpfs', 'tmpfs', at)
      return [unmounting(at)]
    },
  },
  {
    ...plain,
    name: 'ext4 on a loop device',
    mount: (at, folder) => mountImage(at, folder, 'ext4'),
  },
  {
    ...plain,
    name: 'overlayfs',
    mount(at, folder) {
      // Its upper layer can't be on an overlay, which the machine's own root may be.
      const layers = join(folder, 'layers')
      mkdirSync(layers)
      run('mount', '-t', 'tmpfs', 'tmpfs', layers)
      const [lower, upper, work] = ['lower', 'upper', 'work'].map((name) => join(layers, name))
      for (const layer of [lower, upper, work]) mkdirSync(layer ?? '')
      try {
        const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`
        run('mount', '-t', 'overlay', 'overlay', '-o', options, at)
      } catch (error) {
        run('umount', layers)
        throw error
      }
      return [unmounting(at), unmounting(layers)]
    },
  },
  {
    ...plain,
    replacesAtomically: false,
    name: 'bindfs (FUSE) that denies chmod',
    mount(at, folder) {
      const below = join(folder, 'below')
      mkdirSync(below)
      run('bindfs', '--chmod-deny', '--perms=0777', below, at)
      return [unmounting(at)]
    },
  },
  {
    name: 'exFAT (FUSE)',
    foldsCase: true,
    takesAllNames: true,
    replacesAtomically: false,
    mount(at, folder) {
      const image = makeImage(folder)
      run('mkfs.exfat', image)
      const device = run('losetup', '-f', '--show', image).trim()
      try {
        run('mount.exfat-fuse', device, at)
      } catch (error) {
        run('losetup', '-d', device)
        throw error
      }
      return [unmounting(at), ['losetup', '-d', device]]
    },
  },
  {
    name: 'FAT (FUSE)',
    foldsCase: true,
    takesAllNames: false,
    replacesAtomically: false,
    untried: {
      // A plain loop of writeFile, rename, open and read has it hang within a minute.
      'gives one whole content and its own facts, whoever replaces the file meanwhile':
        'fusefat gives zeros, or hangs, when a file is replaced while it is read',
    },
    mount(at, folder) {
      const image = makeImage(folder)
      run('mkfs.vfat', image)
      // One call at a time: its FAT is not made for threads, and mixes up the files of two.
      run('fusefat', '-s', '-o', 'rw+', image, at)
      return [unmounting(at)]
    },
  },
]

/** Mounts one, or says why not. It is unmounted when the process ends, if not before. */
export function tryToMount(kind: MountKind): Mounted {
  if (process.getuid?.() !== 0) return { skipReason: 'only root can mount' }
  const folder = mkdtempSync(join(tmpdir(), 'titofisto-mount-'))
  const path = join(folder, 'mounted')
  mkdirSync(path)
  let undoing: readonly (readonly string[])[] = []
  const unmount = (): void => {
    for (const [program = '', ...args] of undoing) tryToRun(program, args)
    undoing = []
    // What could not be unmounted must not be emptied: that would be the mount's own files.
    tryToRun('rm', ['-rf', '--one-file-system', folder])
  }
  try {
    undoing = kind.mount(path, folder)
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    return { skipReason: reasonOf(error) }
  }
  process.once('exit', unmount)
  return { path, unmount }
}

function mountImage(at: string, folder: string, type: string): readonly (readonly string[])[] {
  const image = makeImage(folder)
  run(`mkfs.${type}`, '-q', image)
  run('mount', '-o', 'loop', image, at)
  return [unmounting(at)]
}

function makeImage(folder: string): string {
  const image = join(folder, 'image')
  writeFileSync(image, '')
  truncateSync(image, 64 * 1024 * 1024)
  return image
}

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

function tryToRun(program: string, args: readonly string[]): void {
  try {
    run(program, ...args)
  } catch {
    // Unmounted by hand, say.
  }
}

function reasonOf(error: unknown): string {
  const { code, stderr, message } = error as { code?: string; stderr?: string; message: string }
  if (code === 'ENOENT') return `${message.split(' ')[1]} is not installed`
  return (stderr?.trim().split('\n')[0] || message).slice(0, 100)
}
