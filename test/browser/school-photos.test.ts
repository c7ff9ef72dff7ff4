// examples/school-photos in a real Chromium: pupils with phones, a teacher at a desk, a parent with a link.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { drawPicture } from '../../src/cli/demo/demo-picture.ts'
import { build, isBuildNeeded } from '../../tools/build.mjs'
import { projectFolder } from '../../tools/project.mjs'
import { noChromium, openChromium } from '../support/chromium.ts'
import { expectAccessible, takePicture } from './stage.ts'

const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }
const picture = Buffer.from(drawPicture())
const paper = Buffer.from(
  '%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n',
)

let browser: Browser | null
let folder: string
let app: ChildProcess
let origin: string
let teacher: Page

beforeAll(async () => {
  browser = await openChromium()
  if (browser === null) return
  if (isBuildNeeded()) expect((await build()).status).toBe(0)
  folder = await mkdtemp(join(tmpdir(), 'titofisto-school-'))
  const started = await start()
  teacher = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage()
  await teacher.goto(started)
}, 120_000)

afterAll(async () => {
  await browser?.close()
  if (browser === null) return
  await stop()
  await rm(folder, { recursive: true, force: true })
})

describe.sequential('the school photos', () => {
  it('are asked for by a teacher', async ({ skip }) => {
    if (browser === null) return skip(noChromium)
    expect(new URL(teacher.url()).pathname).toBe('/')
    await teacher.getByLabel('A new trip').fill('Rome, <b>7b</b>')
    await teacher.getByRole('button', { name: 'Ask for photos' }).click()
    expect(await teacher.getByRole('heading', { level: 1 }).textContent()).toBe('Rome, <b>7b</b>')
    await teacher.locator('.code svg').waitFor()
  })

  it("are sent from a pupil's phone without a question", async ({ skip }) => {
    if (browser === null) return skip(noChromium)
    const pupil = await openPhone(await requestLink())
    expect(await pupil.getByRole('heading', { level: 1 }).textContent()).toBe('Rome, <b>7b</b>')
    await expectAccessible(pupil, 'the request on a phone')
    await pupil.getByLabel('Your name').fill('Ann')
    await pupil.getByRole('button').first().click()
    await pupil.waitForURL(/titofisto\/upload/)
    expect(await pupil.getByRole('heading', { level: 1 }).textContent()).toBe('Rome, <b>7b</b>')
    await pupil.locator('#files').setInputFiles([
      { name: 'forum.png', mimeType: 'image/png', buffer: picture },
      { name: 'colosseum.png', mimeType: 'image/png', buffer: picture },
      { name: 'program.pdf', mimeType: 'application/pdf', buffer: paper },
    ])
    await takePicture(pupil, 'school-phone')
    await pupil.getByRole('button', { name: /^Send/ }).click()
    await pupil.getByText('colosseum.png').last().waitFor()
    await pupil
      .getByText(/received|arrived/i)
      .first()
      .waitFor()
    await takePicture(pupil, 'school-receipt')
    await pupil.context().close()
  })

  it('are seen by the teacher, with who sent them', async ({ skip }) => {
    if (browser === null) return skip(noChromium)
    await teacher.reload()
    expect(await teacher.locator('figcaption span').allTextContents()).toEqual(
      Array<string>(3).fill('from Ann'),
    )
    const widths =
      'Array.from(document.images, (image) => image.decode().then(() => image.naturalWidth))'
    for (const width of (await teacher.evaluate(`Promise.all(${widths})`)) as number[])
      expect(width).toBeGreaterThan(0)
    await takePicture(teacher, 'school-teacher')
  })

  it('open by links that are renewed, and by none that was copied and is over', async ({
    skip,
  }) => {
    if (browser === null) return skip(noChromium)
    await teacher.getByRole('button', { name: 'Link for parents' }).first().click()
    const link = await teacher.getByLabel('Link for parents').inputValue()
    const parent = await openPhone(link)
    expect(parent.url()).toBe(link)
    await expect.poll(async () => (await fetch(link)).status, { timeout: 20_000 }).toBe(404)
    const answer = await parent.goto(link)
    expect(answer?.status()).toBe(404)
    await expectAccessible(parent, 'a link that is over')
    await takePicture(parent, 'school-link-over')
    await parent.context().close()
  })

  it('are a film, too, that is fetched from where one jumps to', async ({ skip }) => {
    if (browser === null) return skip(noChromium)
    const film = await record(teacher)
    const pupil = await openPhone(await requestLink())
    await pupil.getByLabel('Your name').fill('Bob')
    await pupil.getByRole('button').first().click()
    await pupil.waitForURL(/titofisto\/upload/)
    await pupil
      .locator('#files')
      .setInputFiles([{ name: 'bus.webm', mimeType: 'video/webm', buffer: film }])
    await pupil.getByRole('button', { name: /^Send/ }).click()
    await pupil
      .getByText(/received|arrived/i)
      .first()
      .waitFor()
    await pupil.context().close()
    const ranges: number[] = []
    teacher.on('response', (response) => {
      if (response.url().includes('bus.webm')) ranges.push(response.status())
    })
    await teacher.reload()
    const at = await teacher.evaluate(`new Promise((resolve, reject) => {
      const video = document.querySelector('video')
      video.onseeked = () => resolve(video.currentTime)
      video.onerror = () => reject(video.error)
      const jump = () => { video.currentTime = 0.2 }
      if (video.readyState > 0) jump()
      else video.onloadedmetadata = jump
    })`)
    expect(at).toBeCloseTo(0.2)
    expect(ranges).toContain(206)
  })

  it('outlive a restart, with the links that were handed out', async ({ skip }) => {
    if (browser === null) return skip(noChromium)
    const before = await requestLink()
    await stop()
    await start(new URL(origin).port)
    await teacher.reload()
    expect(await teacher.locator('figure').count()).toBe(4)
    expect((await fetch(before)).status).toBe(200)
  })

  it('are no longer taken once the teacher says so', async ({ skip }) => {
    if (browser === null) return skip(noChromium)
    const link = await requestLink()
    await teacher.getByRole('button', { name: 'Take no more' }).click()
    await teacher.getByText('No more photos are taken.').waitFor()
    expect((await fetch(link)).status).toBe(404)
  })
})

it('keeps strangers out of the pages of teachers', async ({ skip }) => {
  if (browser === null) return skip(noChromium)
  for (const path of ['/', '/trips/1', '/teacher/guess', '/link?name=trips/1/forum.png'])
    expect((await fetch(origin + path)).status, path).toBe(403)
})

async function openPhone(url: string): Promise<Page> {
  const context = await (browser as Browser).newContext({
    ...phone,
    locale: 'en-GB',
    bypassCSP: true,
  })
  const page = await context.newPage()
  await page.goto(url)
  return page
}

async function requestLink(): Promise<string> {
  return (await teacher.locator('a.request').getAttribute('href')) ?? ''
}

/** A film of a second, made by the browser itself. */
async function record(page: Page): Promise<Buffer> {
  const text = await page.evaluate(`new Promise((resolve) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 64 })
    const pen = canvas.getContext('2d')
    const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: 'video/webm' })
    const pieces = []
    recorder.ondataavailable = ({ data }) => pieces.push(data)
    recorder.onstop = async () => {
      const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer())
      resolve(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    }
    recorder.start()
    let frame = 0
    const draw = setInterval(() => {
      pen.fillStyle = 'hsl(' + frame * 20 + ' 80% 50%)'
      pen.fillRect(0, 0, 64, 64)
      if (++frame === 30) { clearInterval(draw); recorder.stop() }
    }, 40)
  })`)
  return Buffer.from(text as string, 'latin1')
}

async function start(port = '0'): Promise<string> {
  app = spawn(process.execPath, [join(projectFolder, 'tools/example.mjs')], {
    env: {
      PATH: process.env['PATH'],
      SCHOOL_FOLDER: folder,
      PORT: port,
      HOST: '127.0.0.1',
      PARENTS_SECONDS: '3',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  for await (const text of (app.stdout ?? []) as AsyncIterable<Buffer>) {
    said += String(text)
    const [link] = said.match(/http:\S+(?=\s)/) ?? []
    if (link === undefined) continue
    origin = new URL(link).origin
    return link
  }
  throw new Error('The example ended before it said where it is.')
}

async function stop(): Promise<void> {
  const ended = once(app, 'close')
  app.kill('SIGTERM')
  await ended
}
