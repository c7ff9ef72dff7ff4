// titofisto/express: Express 4 and 5, and what takes the same handlers: Connect, Polka.

import type { NodeHandler, Titofisto } from '../index.ts'

/**
 * Serves files and takes the uploads of slots: `app.use('/files', serveFiles(files))`. Links begin with
 * that path, unless the options say `mediaUrl`. What is not ours goes to `next()`.
 * @example
 * import { serveFiles } from 'titofisto/express'
 *
 * const server = createServer(serveFiles(files))
 * server.close()
 */
export function serveFiles(files: Titofisto): NodeHandler {
  return files.handler
}
