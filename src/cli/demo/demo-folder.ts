// The sample folder of `serve --demo`: a file of each kind that behaves in its own way.

import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { refused, systemCode } from '../cli-failure.ts'
import { writePaper } from './demo-paper.ts'
import { drawPicture } from './demo-picture.ts'
import { makeSound } from './demo-sound.ts'

/** What is special about a sample, in a few words. */
export const demoRemarks: Readonly<Record<string, string>> = {
  'page.html': 'its script does not run: pages are shown in a sandbox',
  'public/notice.txt': 'public: needs no token, works for ever',
  'sound.wav': 'a sound of 55 MiB: jump around in it',
}

/** The sample that is shown though browsers could run it. */
export const demoPageName = 'page.html'

/**
 * Makes the sample folder, unless it is there. It appears whole or not at all.
 *
 * @throws CliFailure where it can't be written.
 */
export async function makeDemoFolder(folder: string): Promise<void> {
  if (existsSync(folder)) return
  try {
    await mkdir(path.dirname(path.resolve(folder)), { recursive: true })
    const unfinished = await mkdtemp(`${path.resolve(folder)}.making-`)
    try {
      await writeSamples(unfinished)
      await rename(unfinished, folder)
    } finally {
      await rm(unfinished, { recursive: true, force: true })
    }
  } catch (error) {
    // Another process may have been faster.
    if (existsSync(folder)) return
    throw refused(`The sample folder ${folder} can't be made (${systemCode(error)}).`, error)
  }
}

async function writeSamples(folder: string): Promise<void> {
  const within = (name: string) => path.join(folder, name)
  await mkdir(within('public'))
  await writeFile(within('hello.txt'), text)
  await writeFile(within('picture.png'), drawPicture())
  await writeFile(within('paper.pdf'), writePaper(paperLines))
  await writeFile(within('page.html'), page)
  await writeFile(within('public/notice.txt'), notice)
  const sound = await open(within('sound.wav'), 'wx')
  try {
    for (const step of makeSound()) await sound.writeFile(step)
  } finally {
    await sound.close()
  }
}

const text = `Hello! You read this through a link that works for a while.

Change this file, and its links end: a link is for one version of one file.
`

const paperLines = [
  'A private paper',
  '',
  'You read it through a link of titofisto.',
  'It works until its time is up, the paper changes,',
  'or the secret changes.',
]

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>A page in a sandbox</title>
<style>body { font: 1.2rem sans-serif; margin: 3rem }</style>
<h1>A page in a sandbox</h1>
<p id="said">The script of this page did not run. A stranger's page can't act in your name.</p>
<script>document.querySelector('#said').textContent = 'The script of this page RAN.'</script>
</html>
`

const notice = `Files under public/ need no token: this link works for everyone, for ever.
`
