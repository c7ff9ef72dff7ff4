// nginx as Debian has it, in front of servers of ours, under a configuration of our docs.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram } from '../../../tools/system-packages.mjs'
import { onFreePort, startEngine } from './engine-process.mjs'

/** A running nginx. */
export interface Balancer {
  readonly port: number
  readonly origin: string
  stop(): Promise<void>
}

/** Whether it is installed. */
export function hasNginx(): boolean {
  return findProgram('nginx') !== null
}

/**
 * Starts one. `config` is what stands in its `http` block, with an `upstream` and a `listen 80;`; the
 * servers of the first are replaced by these, in the same manner, and the second by a free port. Each answer says in
 * `X-Served-By` which servers were asked.
 */
export async function startNginx(
  config: string,
  serverPorts: readonly number[],
): Promise<Balancer> {
  const folder = mkdtempSync(join(tmpdir(), 'titofisto-nginx-'))
  const [, manner = ''] = /^[ \t]*server [^ ;{]+( [^;{]+)?;$/m.exec(config) ?? []
  const servers = serverPorts.map((port) => `server 127.0.0.1:${port}${manner};`).join(' ')
  const { engine, port } = await onFreePort(async (free) => {
    const http = config
      .replace(/(?:^[ \t]*server [^;{]+;\n)+/m, `${servers}\n`)
      .replace(
        'listen 80;',
        `listen 127.0.0.1:${free}; add_header X-Served-By $upstream_addr always;`,
      )
    writeFileSync(join(folder, 'nginx.conf'), formatConfig(folder, http))
    const command = [
      findProgram('nginx') ?? 'nginx',
      '-p',
      folder,
      '-c',
      join(folder, 'nginx.conf'),
    ]
    const ready = 'start worker process'
    return { engine: await startEngine({ command, ready, atOurEnd: 'SIGTERM' }), port: free }
  })
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    async stop() {
      await engine.end('SIGTERM')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function formatConfig(folder: string, http: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (what) => `${what}_temp_path ${folder}/${what};`,
  )
  return `
${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off;
worker_processes 2;
pid ${folder}/nginx.pid;
error_log stderr notice;
events { worker_connections 768; }
http {
  access_log off;
  sendfile on;
  gzip on;
  default_type application/octet-stream;
  ${temporary.join('\n  ')}
${http}
}
`
}
