// Spans for OpenTelemetry: import this once, where your SDK is set up. It knows nothing of the
// application's files; it hears of them by Node's diagnostics channels.

import { subscribe, tracingChannel } from 'node:diagnostics_channel'
import { SpanStatusCode, trace } from '@opentelemetry/api'

const tracer = trace.getTracer('titofisto')
const spans = new WeakMap()

tracingChannel('titofisto:handler').subscribe({
  start(run) {
    const attributes = { 'titofisto.kind': run.kind, 'titofisto.attempt': run.attempt }
    spans.set(run, tracer.startSpan('titofisto handler', { attributes }))
  },
  error(run) {
    spans.get(run)?.recordException(run.error)
    spans.get(run)?.setStatus({ code: SpanStatusCode.ERROR })
  },
  asyncEnd: (run) => spans.get(run)?.end(),
})

// A download is over when it is told of: its span ends now, and began so many seconds ago.
subscribe('titofisto:file-served', ({ status, bytes, seconds, aborted }) => {
  const endMs = Date.now()
  const attributes = { 'http.response.status_code': status, 'titofisto.bytes': bytes }
  const span = tracer.startSpan('titofisto download', {
    startTime: endMs - 1000 * seconds,
    attributes,
  })
  if (aborted) span.setStatus({ code: SpanStatusCode.ERROR, message: 'aborted' })
  span.end(endMs)
})
