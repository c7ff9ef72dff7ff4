// Which fields of an error an uploader is told, and in which unit. Whatever is not listed stays
// here: a name that a handler chose, what a store or a schema knows.

import type { TitofistoError } from '../../errors.ts'

/** The fields for the client's program; `unit` is that of `limit`, `actual` and `expected`. */
export function outwardFields(error: TitofistoError): Readonly<Record<string, unknown>> {
  switch (error.code) {
    case 'upload-incomplete':
      return { actual: error.actual, unit: 'bytes' }
    case 'upload-too-small':
      return { limit: error.limit, actual: error.actual, unit: 'bytes' }
    case 'upload-too-large':
      return { what: error.what, limit: error.limit, actual: error.actual, unit: 'bytes' }
    case 'upload-too-many':
      return { what: error.what, limit: error.limit, unit: error.what }
    case 'upload-too-slow': {
      const unit = error.what === 'rate' ? 'bytes per second' : 'seconds'
      return { what: error.what, limit: error.limit, unit }
    }
    case 'upload-offset-mismatch':
      return { expected: error.expected, actual: error.actual, unit: 'bytes' }
    case 'upload-digest-mismatch':
      return { field: error.field }
    case 'upload-checksum-mismatch':
      return { algorithm: error.algorithm }
    case 'upload-type-refused': {
      const { accept, acceptEncoding, declaredType, sniffedType } = error
      return { accept, acceptEncoding, declaredType, sniffedType }
    }
    case 'tus-version-unsupported':
      return { supportedVersions: error.supportedVersions }
    default:
      return {}
  }
}
