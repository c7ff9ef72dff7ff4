// @ts-check
// nginx under its own configuration: one process on core 0, sendfile on, no access log, as the
// Debian package gives it otherwise.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { serverCore } from './cores.mjs'
import { workFolder } from './work-folder.mjs'

/** Whether nginx can be started here. */
export function isNginxThere() {
  return nginxPath() !== null
}

function nginxPath() {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin']
  for (const folder of folders) {
    const file = path.join(folder, 'nginx')
    try {
      accessSync(file, constants.X_OK)
      return file
    } catch {
      // Not in this one.
    }
  }
  return null
}

/**
 * Starts nginx.
 * @param {string} name What the tables call it.
 * @param {string} locations The inside of its `server` block.
 * @param {string} [bodyFolder] Where bodies wait: on the file system that they are moved within.
 * @returns {Promise<import('./server-process.mjs').ServerProcess>}
 */
export async function startNginx(name, locations, bodyFolder) {
  const port = await findFreePort()
  const folder = path.join(workFolder, `nginx-${port}`)
  mkdirSync(folder, { recursive: true })
  const configFile = path.join(folder, 'nginx.conf')
  writeFileSync(configFile, formatConfig(folder, port, locations, bodyFolder ?? `${folder}/body`))
  const child = spawn(
    'taskset',
    ['-c', String(serverCore), nginxPath() ?? 'nginx', '-p', folder, '-c', configFile],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const ended = once(child, 'close')
  // It has no channel that would tell it that the bench is gone.
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  await waitForPort(port, child)
  return {
    name,
    port,
    pid: child.pid ?? 0,
    ask: async () => undefined,
    async stop() {
      process.off('exit', kill)
      kill()
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/**
 * @param {string} folder
 * @param {number} port
 * @param {string} locations
 * @param {string} bodyFolder
 */
function formatConfig(folder, port, locations, bodyFolder) {
  // Without a master the one process that works is the one that was started: its /proc is read.
  return `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log crit;
events { worker_connections 8192; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  default_type application/octet-stream;
  types { image/jpeg jpg; video/mp4 mp4; }
  client_max_body_size 0;
  client_body_temp_path ${bodyFolder};
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    ${locations}
  }
}
`
}

async function findFreePort() {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return address !== null && typeof address === 'object' ? address.port : 0
}

/**
 * @param {number} port
 * @param {import('node:child_process').ChildProcess} child
 */
async function waitForPort(port, child) {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}.`)
    const socket = net.connect(port, '127.0.0.1')
    const isOpen = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
    })
    socket.destroy()
    if (isOpen) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
