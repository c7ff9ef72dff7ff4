// HTTP/2 by hand over a socket (RFC 9113), so that a test can break a stream off as browsers do: Node's
// own client ends it first.

import { connect, type Socket } from 'node:net'

/** An upload on its way. */
export interface RawHttp2Upload {
  /** Sends bytes of the body; more may follow. */
  send(bytes: string): void
  /** Ends the body as it should be. */
  end(): void
  /** Resets the stream with an error code; 0 is NO_ERROR, 8 is CANCEL. */
  reset(code: number): void
  /** Ends the connection. */
  close(): void
}

/** Begins a PUT on a server without TLS, of a body whose length is not told. */
export function beginHttp2Put(port: number, path: string): RawHttp2Upload {
  const socket: Socket = connect(port, '127.0.0.1')
  socket.on('error', () => {}).resume()
  const write = (type: number, flags: number, payload: Buffer, stream = 1): void => {
    const head = Buffer.alloc(9)
    head.writeUIntBE(payload.length, 0, 3)
    head.writeUInt8(type, 3)
    head.writeUInt8(flags, 4)
    head.writeUInt32BE(stream, 5)
    socket.write(Buffer.concat([head, payload]))
  }
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  write(frames.settings, 0, Buffer.alloc(0), 0)
  const fields = { ':method': 'PUT', ':path': path, ':scheme': 'http', ':authority': 'x' }
  write(frames.headers, endOfHeaders, Buffer.concat(Object.entries(fields).map(toField)))
  return {
    send: (bytes) => write(frames.data, 0, Buffer.from(bytes)),
    end: () => write(frames.data, endOfStream, Buffer.alloc(0)),
    reset(code) {
      const payload = Buffer.alloc(4)
      payload.writeUInt32BE(code)
      write(frames.reset, 0, payload)
    },
    close: () => void socket.destroy(),
  }
}

const frames = { data: 0, headers: 1, reset: 3, settings: 4 } as const
const endOfStream = 1
const endOfHeaders = 4

/** A field that is not indexed (RFC 7541 6.2.2); its texts are shorter than 127 bytes. */
function toField([name, value]: readonly [string, string]): Buffer {
  return Buffer.concat(
    [Buffer.from([0])].concat(
      [name, value].map((text) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)])),
    ),
  )
}
