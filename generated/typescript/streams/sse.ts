// Server-Sent Events: https://html.spec.whatwg.org/multipage/server-sent-events.html

import { jsonStringToLex } from '@atproto/lexicon'
import type { FetchHandler } from '@atproto/xrpc'
import { connectionLost, retryAfter, serverError } from './errors'

/** One event as it came. */
export interface SseMessage {
  id: string | undefined
  event: string
  data: string
}

export interface SseRequest {
  /** Sends the request, with a token. */
  fetchHandler: FetchHandler
  /** Path and query. */
  path: string
  headers?: Record<string, string> | undefined
  /** After how many milliseconds without a sign of life the connection is given up. */
  silence: number
}

/** The data of the events of one connection, read as the AT Protocol's JSON. */
export async function* sseConnection(request: SseRequest, signal: AbortSignal): AsyncGenerator<unknown, void, void> {
  const silence = new Silence(request.silence, signal)
  try {
    const response = await connect(request, silence.signal)
    for await (const message of sseMessages(chunks(response, silence))) {
      if (message.event === 'error') throw serverError(JSON.parse(message.data))
      yield jsonStringToLex(message.data)
    }
  } finally {
    silence.end()
  }
}

async function connect({ fetchHandler, path, headers }: SseRequest, signal: AbortSignal): Promise<Response> {
  // A PDS would compress the stream and hold events back until there are enough of them. Browsers don't let this header pass.
  const own = { accept: 'text/event-stream', 'accept-encoding': 'identity' }
  const init: RequestInit = { method: 'GET', headers: { ...own, ...headers }, signal }
  const response = await fetchHandler(path, init).catch((cause: unknown) => {
    throw connectionLost('the server can not be reached', cause)
  })
  if (response.ok) return response
  const body: unknown = await response.json().catch(() => undefined)
  throw serverError(body, { status: response.status, retryAfter: retryAfter(response.headers.get('retry-after')) })
}

/** The body, piece by piece. Each piece is a sign of life. */
async function* chunks(response: Response, silence: Silence): AsyncGenerator<Uint8Array, void, void> {
  const reader = response.body?.getReader()
  try {
    for (;;) {
      const piece = await reader?.read().catch((cause: unknown) => {
        throw connectionLost('the connection broke', cause)
      })
      if (!piece || piece.done) return
      // While the consumer is at work, nobody listens.
      silence.pause()
      yield piece.value
      silence.begin()
    }
  } finally {
    // Nobody waits for the goodbye of a connection that is given up.
    reader?.cancel().catch(() => {})
  }
}

/** Reads the events of a body. Comments and unknown fields are passed over; a last event without its blank line is incomplete. */
export async function* sseMessages(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<SseMessage, void, void> {
  let id: string | undefined
  let event = ''
  let data: string[] = []
  for await (const line of lines(pieces)) {
    if (line === '') {
      if (data.length > 0) yield { id, event: event || 'message', data: data.join('\n') }
      ;[event, data] = ['', []]
      continue
    }
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
    if (field === 'id') id = value
    else if (field === 'event') event = value
    else if (field === 'data') data.push(value)
  }
}

/** The whole lines of a text. A line of many pieces is put together once, at its end. */
async function* lines(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder()
  let begun: string[] = []
  for await (const piece of pieces) {
    const [first = '', ...rest] = decoder.decode(piece, { stream: true }).split('\n')
    begun.push(first)
    for (const next of rest) {
      const line = begun.join('')
      yield line.endsWith('\r') ? line.slice(0, -1) : line
      begun = [next]
    }
  }
}

/** Gives a connection up that shows no sign of life. */
class Silence {
  private readonly controller = new AbortController()
  readonly signal: AbortSignal
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly milliseconds: number,
    outer: AbortSignal,
  ) {
    this.signal = AbortSignal.any([this.controller.signal, outer])
    this.begin()
  }

  begin() {
    this.pause()
    this.timer = setTimeout(() => this.controller.abort(connectionLost('the server is silent')), this.milliseconds)
  }

  pause() {
    clearTimeout(this.timer)
  }

  /** The connection isn't needed any more. */
  end() {
    this.pause()
    this.controller.abort()
  }
}
