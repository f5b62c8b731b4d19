// Why a stream ended, or could not begin.

import { XRPCError } from '@atproto/xrpc'

/** Errors after which the same request would be refused again. */
const FINAL = ['InvalidCursor', 'CursorExpired', 'FutureCursor', 'ConvoNotFound', 'NotMember'] as const

/** Names of errors that streams end with. The set is open: a status of its own says what an unknown one is about. */
export type StreamErrorName =
  (typeof FINAL)[number] | 'ConnectionLost' | 'ConsumerTooSlow' | 'InvalidTicket' | (string & {})

/**
 * A stream that was refused or broke off. Those that {@link isFinal} end the iteration; after any other the stream is
 * taken up again where it was.
 */
export class StreamError extends Error {
  override readonly name = 'StreamError'

  constructor(
    /** The error's name, as the server or this module gives it. */
    readonly error: StreamErrorName,
    message: string,
    readonly details: {
      /** The HTTP status, where a response was the refusal. */
      status?: number | undefined
      /** How many milliseconds the server asks to wait. */
      retryAfter?: number | undefined
      cause?: unknown
    } = {},
  ) {
    super(`${error}: ${message}`, { cause: details.cause })
  }

  /** Whether asking again is of no use: the cursor has to be given up, or the conversation, or the request is wrong. */
  get isFinal(): boolean {
    if ((FINAL as readonly string[]).includes(this.error)) return true
    const status = this.details.status ?? 0
    return status >= 400 && status < 500 && ![401, 408, 429].includes(status)
  }

  /** Whether another token or ticket may help. */
  get isAboutAuthentication(): boolean {
    return this.details.status === 401 || this.error === 'InvalidTicket'
  }
}

/** A connection that ended without the server saying why. */
export function connectionLost(message: string, cause?: unknown): StreamError {
  return new StreamError('ConnectionLost', message, { cause })
}

/** An error as servers write them, in bodies, SSE events and frames. */
export function serverError(body: unknown, details: StreamError['details'] = {}): StreamError {
  const { error, message } = (body ?? {}) as { error?: unknown; message?: unknown }
  const name = typeof error === 'string' ? error : 'ConnectionLost'
  return new StreamError(name, typeof message === 'string' ? message : 'the server says no more', details)
}

/** A call of the official client that failed; anything else is handed on as it is. */
export function callFailed(cause: unknown): unknown {
  if (!(cause instanceof XRPCError)) return cause
  // Smaller numbers are its own, for calls that got no answer.
  if (cause.status < 100) return connectionLost('the server can not be reached', cause)
  return new StreamError(cause.error, cause.message, {
    status: cause.status,
    retryAfter: retryAfter(cause.headers?.['retry-after']),
    cause,
  })
}

/** The milliseconds of a Retry-After header that has seconds. */
export function retryAfter(header: string | null | undefined): number | undefined {
  const seconds = Number(header ?? NaN)
  return Number.isFinite(seconds) ? seconds * 1000 : undefined
}
