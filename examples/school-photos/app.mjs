// The application: what teachers see, and what happens to what pupils send.

import { timingSafeEqual } from 'node:crypto'
import { createReadStream } from 'node:fs'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { homePage, tripPage } from './pages.mjs'

const publicFolder = fileURLToPath(new URL('public', import.meta.url))
const clientFolder = path.dirname(fileURLToPath(import.meta.resolve('titofisto/client')))

/** So long a picture's link lives; the page renews it while somebody looks. */
const pictureSeconds = 120
const parentsSeconds = Number(process.env.PARENTS_SECONDS ?? 3 * 86_400)

/** Makes the application, a function of Node's request and response. */
export function createApp({ files, school, teacherKey }) {
  const photos = files.slot('trip-photos', {
    maxBytes: 500_000_000,
    maxFiles: 20,
    accept: ['image/*', 'video/*', 'application/pdf'],
    async handler({ args, files: sent, slot }) {
      for (const file of sent) {
        const name = await file.save(`trips/${args.tripId}/${file.name}`)
        await school.addPicture({
          name,
          tripId: args.tripId,
          sender: slot.person,
          type: file.type,
          sizeBytes: file.sizeBytes,
        })
      }
      return { count: sent.length }
    },
  })

  async function openTrip(title) {
    const tripId = await school.addTrip(title)
    const request = await photos.request(
      { tripId },
      {
        title,
        message: 'Photos, films and papers of our trip. Only your teachers see them.',
        maxUploads: 60,
        until: new Date(Date.now() + 14 * 86_400_000),
        perPersonName: true,
      },
    )
    await school.setRequest(tripId, request.id)
    return tripId
  }

  /** The link for pupils of the first trip, which is made where there is none; `null`: it has ended. */
  async function firstRequest(origin) {
    if ((await school.trips()).length === 0) await openTrip('Rome, class 7b')
    const trip = await school.trip((await school.trips()).at(-1).id)
    const request = trip.requestId === null ? null : await files.requests.find(trip.requestId)
    const isOpen = ['open', 'full'].includes((await request?.status())?.state)
    return isOpen ? new URL(request.url, origin).href : null
  }

  async function showTrip(id, origin) {
    const trip = await school.trip(id)
    if (trip === null) return null
    const request = trip.requestId === null ? null : await files.requests.find(trip.requestId)
    const status = await request?.status()
    const pictures = await school.pictures(id)
    const links = await files.urls(
      pictures.map(({ name }) => name),
      { expiresIn: pictureSeconds },
    )
    return tripPage({
      trip,
      requestUrl: request === null ? null : new URL(request.url, origin).href,
      state: status?.state ?? 'closed',
      pictures,
      // In the order of their names; `null` where a file is gone.
      links,
    })
  }

  /** A picture's next link; `null` for what is none of the school's. */
  async function linkTo(name, expiresIn) {
    return (await school.hasPicture(name)) ? files.url(name, { expiresIn }) : null
  }

  async function route(request, response) {
    const origin = `http://${request.headers.host}`
    const url = new URL(request.url, origin)
    const [, first, second = '', third = ''] = url.pathname.split('/')
    if (first === 'public') return sendFile(response, publicFolder, second)
    if (first === 'client') return sendFile(response, clientFolder, second)
    if (first === 'teacher' && isSame(second, teacherKey)) {
      // From here on the cookie counts, and the key is out of the address bar.
      response.setHeader('Set-Cookie', `teacher=${teacherKey}; HttpOnly; SameSite=Strict; Path=/`)
      return redirect(response, '/')
    }
    const cookie = /(?:^|;\s*)teacher=([^;]*)/.exec(request.headers.cookie ?? '')?.[1] ?? ''
    if (!isSame(cookie, teacherKey)) return send(response, 403, 'text/plain', 'For teachers only.')

    if (request.method === 'GET' && url.pathname === '/')
      return send(response, 200, 'text/html', homePage(await school.trips()))
    if (request.method === 'POST' && url.pathname === '/trips') {
      const title = new URLSearchParams(await readForm(request)).get('title')?.trim()
      if (!title) return redirect(response, '/')
      return redirect(response, `/trips/${await openTrip(title.slice(0, 200))}`)
    }
    if (first === 'trips' && /^\d{1,9}$/.test(second)) {
      if (request.method === 'POST' && third === 'close') {
        const trip = await school.trip(second)
        if (trip?.requestId) await (await files.requests.find(trip.requestId))?.close()
        return redirect(response, `/trips/${second}`)
      }
      const page = await showTrip(second, origin)
      if (page !== null) return send(response, 200, 'text/html', page)
    }
    if (first === 'link' || first === 'parents-link') {
      const name = url.searchParams.get('name') ?? ''
      const link = await linkTo(name, first === 'link' ? pictureSeconds : parentsSeconds)
      if (link !== null) return send(response, 200, 'text/plain', new URL(link, origin).href)
    }
    return send(response, 404, 'text/plain', 'Not found')
  }

  const app = (request, response) => {
    route(request, response).catch((error) => {
      console.error(error)
      if (response.headersSent) response.destroy()
      else void send(response, 500, 'text/plain', 'Something went wrong.')
    })
  }
  return Object.assign(app, { teacherKey, firstRequest })
}

async function readForm(request) {
  if (Number(request.headers['content-length'] ?? 0) > 10_000) throw new Error('A form too large.')
  return text(request)
}

function isSame(given, expected) {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}

const types = { '.css': 'text/css', '.js': 'text/javascript' }

/** A file of this example's own, or of titofisto's client: names without folders. */
async function sendFile(response, folder, name) {
  const type = types[path.extname(name)]
  if (type === undefined || !/^[\w.-]+$/.test(name)) return send(response, 404, 'text/plain', '')
  response.setHeader('Content-Type', `${type}; charset=utf-8`)
  createReadStream(path.join(folder, name))
    .on('error', () => response.writeHead(404).end())
    .pipe(response)
}

async function send(response, status, type, body) {
  response.writeHead(status, {
    'Content-Type': `${type}; charset=utf-8`,
    'Content-Security-Policy':
      "default-src 'self'; img-src 'self' data:; object-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'same-origin',
  })
  response.end(body)
}

async function redirect(response, to) {
  response.writeHead(303, { Location: to }).end()
}
