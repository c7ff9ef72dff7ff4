// Metrics, as Prometheus gets them: by scraping what a real server has counted.

import { readFileSync } from 'node:fs'
import path from 'node:path'
import prometheus from 'prom-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { collectMetrics } from '../../src/adapters/prometheus.ts'
import { SlotRejection } from '../../src/index.ts'
import { projectFolder } from '../../tools/project.mjs'
import { startUploadServer } from '../support/upload-server.ts'
import type { UploadServer } from '../support/upload-server.ts'

let registry: prometheus.Registry
let server: UploadServer

beforeEach(async () => {
  registry = new prometheus.Registry()
  const onEvent = collectMetrics(prometheus, registry)
  server = await startUploadServer({ options: { onEvent, sweepSeconds: 0 } })
})

afterEach(() => server.close())

/** The value of a series, by its line in the text; `null` where there is none. */
async function scrape(series: string): Promise<number | null> {
  const lines = (await registry.metrics()).split('\n')
  const line = lines.find((each) => each.startsWith(`${series} `))
  return line === undefined ? null : Number(line.slice(series.length + 1))
}

describe('a scrape', () => {
  it('counts links, answers, their bytes and their time', async () => {
    await server.files.storage.save('a.txt', 'Hello')
    const url = await server.files.url('a.txt')
    await (await fetch(url)).text()
    await (await fetch(url, { headers: { Range: 'bytes=0-1' } })).text()
    await (await fetch(`${url}x`)).text()
    const served = (status: number) =>
      scrape(`titofisto_files_served_total{status="${status}",from="storage",outcome="whole"}`)
    await expect.poll(() => served(200)).toBe(1)
    await expect.poll(() => served(206)).toBe(1)
    expect(await scrape('titofisto_links_made_total{token_format="native"}')).toBe(1)
    expect(await scrape('titofisto_served_bytes_total{from="storage"}')).toBe(7)
    expect(await scrape('titofisto_serve_duration_seconds_count{from="storage"}')).toBe(2)
    expect(await scrape('titofisto_files_refused_total{reason="malformed"}')).toBe(1)
  })

  it("counts slots, uploads and handlers by the slots' kinds", async () => {
    const kind = server.files.slot('note', {
      maxBytes: 10,
      handler({ file }) {
        if (file.sizeBytes === 1) throw new SlotRejection('No.')
      },
    })
    const put = async (body: string) =>
      (await fetch(await kind.url(), { method: 'PUT', body })).arrayBuffer()
    await put('hello')
    await put('1')
    await put('more than ten bytes')
    await server.files.slots.sweep()
    const of = '{kind="note"}'
    expect(await scrape(`titofisto_slots_minted_total${of}`)).toBe(3)
    expect(await scrape('titofisto_slots_ended_total{kind="note",state="done"}')).toBe(1)
    expect(await scrape('titofisto_slots_ended_total{kind="note",state="rejected"}')).toBe(1)
    expect(await scrape(`titofisto_uploads_received_total${of}`)).toBe(2)
    expect(await scrape(`titofisto_received_bytes_total${of}`)).toBe(6)
    expect(await scrape('titofisto_slots_refused_total{reason="upload-too-large"}')).toBe(1)
    const handled = 'titofisto_handler_duration_seconds_count{kind="note",outcome="returned"}'
    expect(await scrape(handled)).toBe(1)
    expect(await scrape('titofisto_slots')).toBe(3)
    expect(await scrape('titofisto_sweep_duration_seconds_count')).toBe(1)
  })

  it('has no label with what a client can choose, however often it does', async () => {
    const kind = server.files.slot('note', { handler: ({ file }) => file.save(file.name) })
    const labels = async () => {
      const text = await registry.metrics()
      return new Set([...text.matchAll(/(\w+)="([^"]*)"/g)].map(([label]) => label))
    }
    const visit = async (name: string) => {
      const { url, id } = await kind.create()
      await (await fetch(`${url}?filename=${name}`, { method: 'PUT', body: name })).text()
      await (await fetch(await server.files.url(name))).text()
      await (await fetch(`${server.origin}/media/${name}?titofisto_token=${name}`)).text()
      return [id, name]
    }
    const hidden = await visit('zebra-1')
    await expect
      .poll(() =>
        scrape('titofisto_files_served_total{status="200",from="storage",outcome="whole"}'),
      )
      .toBe(1)
    const before = await labels()
    for (const name of ['zebra-2', 'zebra-3', 'zebra-4']) hidden.push(...(await visit(name)))
    await expect
      .poll(() =>
        scrape('titofisto_files_served_total{status="200",from="storage",outcome="whole"}'),
      )
      .toBe(4)
    expect(await labels()).toEqual(before)
    const text = await registry.metrics()
    for (const each of hidden) expect(text).not.toContain(each)
  })

  it('goes into the default registry where none is given', async () => {
    collectMetrics(prometheus)({ type: 'upload-refused', reason: 'upload-too-large', status: 413 })
    expect(await prometheus.register.metrics()).toContain(
      'titofisto_uploads_refused_total{reason="upload-too-large"} 1',
    )
    prometheus.register.clear()
  })

  it('is complained of by prom-client where a registry has these metrics already', () => {
    expect(() => collectMetrics(prometheus, registry)).toThrow(/already been registered/)
  })
})

describe('docs/observability.md', () => {
  const page = readFileSync(path.join(projectFolder, 'docs/observability.md'), 'utf8')

  it('lists every metric with its type and its labels, and no other', async () => {
    const listed = [...page.matchAll(/^\| `(titofisto_\w+)` \| (\w+) \|([^|]*)\|/gm)].map(
      ([, name, type, labels = '']) => ({
        name,
        type,
        labelNames: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label),
      }),
    )
    const made = registry.getMetricsAsArray().map((metric) => {
      const { name, type, labelNames } = metric as unknown as {
        name: string
        type: string
        labelNames: string[]
      }
      return { name, type, labelNames }
    })
    const byName = (one: { name?: string | undefined }, other: { name?: string | undefined }) =>
      (one.name ?? '').localeCompare(other.name ?? '')
    expect(listed.toSorted(byName)).toEqual(made.toSorted(byName))
  })

  it('names them as Prometheus asks: counters end with _total, times are in seconds', async () => {
    for (const [, name = '', type = ''] of page.matchAll(/^\| `(titofisto_\w+)` \| (\w+) \|/gm)) {
      expect(name.endsWith('_total')).toBe(type === 'counter')
      if (type === 'histogram') expect(name).toMatch(/_seconds$/)
    }
  })
})
