// @ts-check
// Ours over S3, with nothing turned: links by proxy and by redirect, and a slot whose file goes to S3.

import http from 'node:http'
import { createTitofisto } from '../../dist/index.js'
import { createS3Storage } from '../../dist/adapters/s3.js'
import { bucketName, connectS3 } from '../measure/ceph.mjs'
import { listen, readSetup } from './listen.mjs'

const { s3Port, stateFolder } = readSetup()

const files = createTitofisto({
  secret: 'the bench signs with this secret, and nothing else does',
  storage: createS3Storage({ client: connectS3(s3Port), bucket: bucketName, stateFolder }),
  timeoutSeconds: 86_400,
})
const inbox = files.slot('inbox', {
  maxBytes: 2 ** 40,
  handler: ({ file }) => file.save('uploaded.bin', { onTaken: 'replace' }),
})

listen(http.createServer(files.handler), {
  setup: () => ({ s3Port, stateFolder }),
  proxyPath: (/** @type {string} */ name) => files.url(name),
  redirectPath: (/** @type {string} */ name) => files.url(name, { delivery: 'redirect' }),
  slotPath: () => inbox.url(),
})
