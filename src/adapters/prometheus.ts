// Metrics for Prometheus, by prom-client: a listener for option `onEvent`. Labels are few by
// construction: reasons, states and kinds of slots, which are all words of some code; never a name, an
// id, or a word of a client's. docs/observability.md lists the metrics.

import type { TitofistoEvent } from '../titofisto-events.ts'

/** What is used of `prom-client`, as `import prometheus from 'prom-client'` gives it. */
export interface PrometheusClient<Registry> {
  readonly register: Registry
  readonly Counter: new (setting: MetricSetting<Registry>) => {
    inc(labels: MetricLabels, value?: number): void
  }
  readonly Gauge: new (setting: MetricSetting<Registry>) => {
    set(labels: MetricLabels, value: number): void
  }
  readonly Histogram: new (setting: MetricSetting<Registry> & { buckets: number[] }) => {
    observe(labels: MetricLabels, value: number): void
  }
}

/** What a metric is made of. */
export interface MetricSetting<Registry> {
  name: string
  help: string
  labelNames: string[]
  registers: Registry[]
}

/** A value for each label of a metric. */
export type MetricLabels = Record<string, string | number>

/** From a file in memory to the longest upload: 1 ms to an hour. */
const secondsBuckets = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300, 3600]

/**
 * Makes the metrics of titofisto in a registry, and gives the listener that counts. Several
 * applications of one process may share it. `registry`: prom-client's default one where none is given.
 *
 * @throws Error of prom-client's where the registry has these metrics already.
 * @example
 * import prometheus from 'prom-client'
 * import { createTitofisto } from 'titofisto'
 * import { collectMetrics } from 'titofisto/prometheus'
 *
 * const files = createTitofisto({ secret, storage, onEvent: collectMetrics(prometheus) })
 * await files.url('report.pdf')
 * await prometheus.register.metrics() //=> '…titofisto_links_made_total{token_format="native"} 1…'
 */
export function collectMetrics<Registry>(
  prometheus: PrometheusClient<Registry>,
  registry: Registry = prometheus.register,
): (event: TitofistoEvent) => void {
  const metrics = createMetrics(prometheus, registry)
  return (event) => count(metrics, event)
}

type Metrics = ReturnType<typeof createMetrics>

function createMetrics<Registry>(
  { Counter, Gauge, Histogram }: PrometheusClient<Registry>,
  registry: Registry,
) {
  const settingOf = (name: string, help: string, labelNames: string[]) => ({
    name: `titofisto_${name}`,
    help,
    labelNames,
    registers: [registry],
  })
  const counter = (name: string, help: string, ...labelNames: string[]) =>
    new Counter(settingOf(name, help, labelNames))
  const seconds = (name: string, help: string, ...labelNames: string[]) =>
    new Histogram({ ...settingOf(name, help, labelNames), buckets: secondsBuckets })

  return {
    linksMade: counter('links_made_total', 'Links that were made.', 'token_format'),
    filesServed: counter(
      'files_served_total',
      'Answers to requests for files, by status and how they ended.',
      'status',
      'from',
      'outcome',
    ),
    servedBytes: counter('served_bytes_total', 'Bytes of files that were handed on.', 'from'),
    serving: seconds('serve_duration_seconds', 'From a request to the end of its answer.', 'from'),
    filesRefused: counter('files_refused_total', 'Requests for files that were refused.', 'reason'),
    filesFailed: counter('files_failed_total', 'Requests for files that failed.', 'reason'),
    slotsMinted: counter('slots_minted_total', 'Slots that were made.', 'kind'),
    slotsEnded: counter(
      'slots_ended_total',
      'Slots that ended, by their last state.',
      'kind',
      'state',
    ),
    slotsInterrupted: counter(
      'slots_interrupted_total',
      'Slots of whose handler nobody knows how far it came.',
      'kind',
      'reason',
    ),
    slotsRecovered: counter(
      'slots_recovered_total',
      'Slots that went on after their process had died.',
      'kind',
      'outcome',
    ),
    slotsRefused: counter(
      'slots_refused_total',
      "Requests on slots' URLs that were refused.",
      'reason',
    ),
    uploadsReceived: counter('uploads_received_total', 'Uploads that came in whole.', 'kind'),
    receivedBytes: counter('received_bytes_total', 'Bytes of uploads that came in whole.', 'kind'),
    receiving: seconds('receive_duration_seconds', 'How long uploads took to come in.', 'kind'),
    uploadsRefused: counter(
      'uploads_refused_total',
      'Uploads without a slot that were refused.',
      'reason',
    ),
    handling: seconds('handler_duration_seconds', 'How long handlers ran.', 'kind', 'outcome'),
    sweeping: seconds('sweep_duration_seconds', 'How long sweeps took.'),
    slots: new Gauge(settingOf('slots', 'Slots that were remembered at the last sweep.', [])),
    removedFiles: counter('sweep_removed_files_total', 'Files that sweeps removed.'),
  }
}

/** Uploads by `receive()` have no kind. */
const kindless = { kind: '' }

function count(metrics: Metrics, event: TitofistoEvent): void {
  switch (event.type) {
    case 'link-made':
      return metrics.linksMade.inc({ token_format: event.tokenFormat ?? 'none' })
    case 'file-served': {
      const { from, status } = event
      metrics.filesServed.inc({ status, from, outcome: event.aborted ? 'aborted' : 'whole' })
      metrics.servedBytes.inc({ from }, event.bytes)
      return metrics.serving.observe({ from }, event.seconds)
    }
    case 'file-refused':
      return metrics.filesRefused.inc({ reason: event.reason })
    case 'file-failed':
      return metrics.filesFailed.inc({ reason: event.reason })
    case 'slot-minted':
      return metrics.slotsMinted.inc({ kind: event.kind })
    case 'slot-received':
      return countReceived(metrics, event, { kind: event.kind })
    case 'upload-received':
      return countReceived(metrics, event, kindless)
    case 'slot-refused':
      return metrics.slotsRefused.inc({ reason: event.reason })
    case 'upload-refused':
      return metrics.uploadsRefused.inc({ reason: event.reason })
    case 'slot-handled':
      metrics.slotsEnded.inc({ kind: event.kind, state: 'done' })
      return metrics.handling.observe({ kind: event.kind, outcome: 'returned' }, event.seconds)
    case 'slot-rejected':
      if (!event.retry) metrics.slotsEnded.inc({ kind: event.kind, state: 'rejected' })
      return metrics.handling.observe({ kind: event.kind, outcome: 'rejected' }, event.seconds)
    case 'slot-failed':
      return metrics.handling.observe({ kind: event.kind, outcome: 'threw' }, event.seconds)
    case 'upload-handled':
      return metrics.handling.observe({ ...kindless, outcome: 'returned' }, event.seconds)
    case 'upload-failed':
      return metrics.handling.observe({ ...kindless, outcome: 'threw' }, event.seconds)
    case 'slot-revoked':
      return metrics.slotsEnded.inc({ kind: event.kind, state: 'revoked' })
    case 'slot-expired':
      return metrics.slotsEnded.inc({ kind: event.kind, state: 'expired' })
    case 'slot-interrupted':
      return metrics.slotsInterrupted.inc({ kind: event.kind, reason: event.reason })
    case 'slot-recovered':
      return metrics.slotsRecovered.inc({ kind: event.kind, outcome: event.outcome })
    case 'slots-swept':
      metrics.slots.set({}, event.checkedSlots - event.removedSlots)
      metrics.removedFiles.inc({}, event.removedFiles)
      return metrics.sweeping.observe({}, event.seconds)
    case 'slot-claimed':
    case 'slot-extended':
  }
}

function countReceived(
  metrics: Metrics,
  { bytes, seconds }: { readonly bytes: number; readonly seconds: number },
  ofKind: { readonly kind: string },
): void {
  metrics.uploadsReceived.inc(ofKind)
  metrics.receivedBytes.inc(ofKind, bytes)
  metrics.receiving.observe(ofKind, seconds)
}
