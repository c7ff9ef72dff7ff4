// Where files and upload slots are: in folders beside the database, or with --engines in S3 and Redis, as
// a school has them whose photos outgrew one machine. The rest of the application sees no difference.
//
//   S3_BUCKET=school REDIS_URL=redis://localhost:6379 npm run example -- --engines
//
// Region, credentials and, where S3 is not Amazon's, AWS_ENDPOINT_URL are what the SDK reads by itself.

import { mkdirSync } from 'node:fs'
import { createLocalStorage } from 'titofisto'

/** Gives the options of createTitofisto(), and what ends the connections. */
export async function openGround(folder, onEngines) {
  mkdirSync(folder, { recursive: true })
  return onEngines ? openEngines(folder) : openFolders(folder)
}

function openFolders(folder) {
  mkdirSync(`${folder}/media`, { recursive: true })
  return { options: { storage: createLocalStorage({ root: `${folder}/media` }) }, close() {} }
}

async function openEngines(folder) {
  // Loaded here, so that who tries the example without them needs none of these packages.
  const { S3Client } = await import('@aws-sdk/client-s3')
  const { createClient } = await import('redis')
  const { createS3Storage } = await import('titofisto/s3')
  const { createRedisSlotStore } = await import('titofisto/redis')

  const client = new S3Client({
    // Servers of one's own rarely have a host name for each bucket.
    forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined,
  })
  const bucket = process.env.S3_BUCKET ?? 'school'
  const stateFolder = `${folder}/uploads`
  const storage = createS3Storage({ client, bucket, prefix: 'photos/', stateFolder })
  // A bucket that is missing, or an S3 that can't do what is needed, is heard of now.
  await storage.ready()

  const redis = createClient({
    url: process.env.REDIS_URL ?? 'redis://localhost:6379',
    pingInterval: 2000,
    socket: {
      socketTimeout: 4000,
      // The client's own never connects again after such a timeout.
      reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, 2000),
    },
  })
  redis.on('error', (error) => console.error(`Redis: ${error.message}`))
  await redis.connect()

  return {
    options: { storage, slotStore: createRedisSlotStore({ client: redis, prefix: 'school' }) },
    close() {
      redis.destroy()
      client.destroy()
    },
  }
}
