// @ts-check
// What one writes in five lines: the SDK's stream into the answer. It checks nothing.

import { GetObjectCommand } from '@aws-sdk/client-s3'
import http from 'node:http'
import { bucketName, connectS3 } from '../measure/ceph.mjs'
import { listen, readSetup } from './listen.mjs'

const client = connectS3(readSetup().s3Port)

listen(
  http.createServer(async (req, res) => {
    const Key = (req.url ?? '').slice(1)
    const { Body, ContentLength } = await client.send(
      new GetObjectCommand({ Bucket: bucketName, Key }),
    )
    res.writeHead(200, { 'Content-Length': ContentLength })
    // On Node it is a stream of Node's.
    const stream = /** @type {import('node:stream').Readable} */ (Body)
    stream.pipe(res)
    // pipe() leaves it open where its client leaves, and the SDK has 50 connections in all.
    res.once('close', () => stream.destroy())
  }),
)
