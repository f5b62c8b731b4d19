// Event streams of the AT Protocol over WebSocket: https://atproto.com/specs/event-stream

import { cborDecodeAll } from '@atproto/lex-cbor'
import { connectionLost, serverError } from './errors'

/** What this module needs of a WebSocket: that of browsers and of Node 22 and newer, or the `ws` package's. */
export interface SocketLike {
  binaryType: string
  close(): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
  addEventListener(type: 'close' | 'error', listener: (event: object) => void): void
}

export type SocketConstructor = new (url: string) => SocketLike

/** Frames that wait for a consumer at most; one that falls further behind comes back from its cursor. */
const MAX_WAITING = 1024

/** The messages of one connection, with the type that their frame names in `$type`. */
export async function* socketConnection(
  Socket: SocketConstructor,
  url: string,
  nsid: string,
  silence: number,
  signal: AbortSignal,
): AsyncGenerator<{ $type: string }, void, void> {
  const socket = new Socket(url)
  socket.binaryType = 'arraybuffer'
  const close = () => socket.close()
  signal.addEventListener('abort', close)
  if (signal.aborted) close()
  try {
    for await (const frame of frames(socket, silence)) {
      const message = readFrame(frame, nsid)
      if (message) yield message
    }
  } finally {
    signal.removeEventListener('abort', close)
    close()
  }
}

/**
 * What arrives, until the socket closes or nothing has come for too long. Pings don't count: browsers keep them to themselves,
 * and don't notice either that a connection has gone with the network it was made over.
 */
async function* frames(socket: SocketLike, silence: number): AsyncGenerator<Uint8Array, void, void> {
  const waiting: unknown[] = []
  let isOpen = true
  let wake = () => {}
  socket.addEventListener('message', ({ data }) => {
    if (!isOpen) return
    if (waiting.length === MAX_WAITING) isOpen = false
    else waiting.push(data)
    wake()
  })
  // An error is always followed by a close, which says no more than this.
  socket.addEventListener('error', () => {})
  socket.addEventListener('close', () => {
    isOpen = false
    wake()
  })
  for (;;) {
    if (waiting.length > 0) yield bytes(waiting.shift())
    else if (!isOpen) throw connectionLost('the connection was closed')
    else if (!(await isWoken((resolve) => (wake = resolve), silence))) throw connectionLost('the server is silent')
  }
}

/** Waits to be woken; false when that takes too long. */
function isWoken(listen: (wake: () => void) => void, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), milliseconds)
    listen(() => {
      clearTimeout(timer)
      resolve(true)
    })
  })
}

function bytes(data: unknown): Uint8Array {
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  throw connectionLost('the server sent a text where frames are binary')
}

/** Reads one frame; nothing when it is of a kind that a later version of the protocol may have. */
export function readFrame(frame: Uint8Array, nsid: string): { $type: string } | undefined {
  const [header, body] = parts(frame)
  if (header.op === -1) throw serverError(body)
  if (header.op !== 1 || typeof header.t !== 'string') return undefined
  const $type = header.t.startsWith('#') ? nsid + header.t : header.t
  return { ...body, $type }
}

function parts(frame: Uint8Array): [Record<string, unknown>, Record<string, unknown>] {
  try {
    const [header, body, ...rest] = cborDecodeAll(frame)
    if (isObject(header) && isObject(body) && rest.length === 0) return [header, body]
  } catch (cause) {
    throw connectionLost('the server sent bytes that are no frame', cause)
  }
  throw connectionLost('the server sent a frame that is not a header and a body')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
