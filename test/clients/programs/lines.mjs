// What each client's program does with the test that started it: it reads a line `way url path name
// type`, parted by tabs, uploads so, and answers with the status and the body it got, in base64.
// Where its client gave no answer, the status is `error`, and the body says what the client said.

import { createInterface } from 'node:readline'

/** @param {Record<string, (...args: string[]) => Promise<readonly [status: number, body: string]>>} ways */
export async function answerLines(ways) {
  for await (const line of createInterface({ input: process.stdin })) {
    const [way = '', ...args] = line.split('\t')
    const upload = ways[way] ?? (() => Promise.reject(new Error(`${way} is not one of my ways.`)))
    const [status, body] = await upload(...args).catch((error) => ['error', String(error)])
    process.stdout.write(`${status}\t${Buffer.from(body).toString('base64')}\n`)
  }
}
