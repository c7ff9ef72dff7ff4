// @ts-check
// Ceph's S3 gateway in memory, as the tests start it, on the load's core.

import { S3Client, CreateBucketCommand } from '@aws-sdk/client-s3'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The bucket that is made. */
export const bucketName = 'bench'

/** @typedef {{ port: number, stop(): void }} Ceph */

/** @returns {Promise<Ceph>} */
export async function startCeph() {
  const folder = mkdtempSync(path.join(tmpdir(), 'titofisto-bench-ceph-'))
  const script = fileURLToPath(new URL('../../test/support/engines/ceph-rgw.sh', import.meta.url))
  const port = await findPort()
  function stop() {
    for (const file of readdirSync(path.join(folder, 'run')).filter((name) =>
      name.endsWith('.pid'),
    ))
      try {
        process.kill(Number(readFileSync(path.join(folder, 'run', file), 'utf8')), 'SIGKILL')
      } catch {
        // It is gone.
      }
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    execFileSync(script, [folder, String(port), String(await findPort())], {
      stdio: 'ignore',
      env: { ...process.env, MEMSTORE_BYTES: String(4 * 2 ** 30) },
    })
    await connectS3(port).send(new CreateBucketCommand({ Bucket: bucketName }))
    return { port, stop }
  } catch (error) {
    stop()
    throw error
  }
}

/**
 * A client as an application makes it.
 * @param {number} port
 */
export function connectS3(port) {
  return new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'AKTEST', secretAccessKey: 'SKTEST' },
  })
}

/** @returns {Promise<number>} */
function findPort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = address !== null && typeof address === 'object' ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
