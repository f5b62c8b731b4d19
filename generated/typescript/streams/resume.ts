// Taking a stream up again where it broke off: each event once, in order, however often the connection is lost.

import { StreamError } from './errors'

/** What all events have. */
export interface StreamEvent {
  $type?: string
  /** The place in the stream: sorts as text. */
  cursor: string
}

export interface ResumeOptions {
  /** The cursor of the last event that was processed. Without one, the stream begins with what happens from now on. */
  cursor?: string | undefined
  /** Ends the iteration, without an error. */
  signal?: AbortSignal | undefined
  /** The first pause before a new connection, in milliseconds. Pauses double from here, and are drawn by chance below that. */
  minDelay?: number | undefined
  /** The longest pause. */
  maxDelay?: number | undefined
}

/** Opens one connection, for events after a cursor. It ends when the connection does, and breaks with a {@link StreamError}. */
export type Open<E> = (cursor: string | undefined, signal: AbortSignal) => AsyncIterable<E>

/**
 * Whether an event is told live and not kept: it repeats the cursor of the last one that is, and never comes again. The only
 * messages without a seq of their own are such.
 */
function isEphemeral(event: StreamEvent & { message?: { seq?: unknown } }): boolean {
  return ['#typingEvent', '#infoEvent'].some((kind) => event.$type?.endsWith(kind)) || event.message?.seq === 0
}

/**
 * All events after a cursor, over as many connections as it takes.
 *
 * @throws {StreamError} a final one. Anything else that `open` throws is thrown as it is.
 */
export async function* resume<E extends StreamEvent>(
  open: Open<E>,
  options: ResumeOptions,
): AsyncGenerator<E, void, void> {
  const stop = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
  const pauses = new Pauses(options)
  let cursor = options.cursor
  try {
    while (!signal.aborted) {
      const opened = Date.now()
      let problem: StreamError | undefined
      try {
        let hasAdvanced = false
        for await (const event of open(cursor, signal)) {
          if (signal.aborted) return
          pauses.reset()
          if (cursor !== undefined && event.cursor <= cursor) {
            // Equal cursors on one connection: only what is ephemeral has them. On a new one, the last event may come again.
            if (event.cursor < cursor || !(hasAdvanced || isEphemeral(event))) continue
          } else {
            hasAdvanced = true
            cursor = event.cursor
          }
          yield event
        }
      } catch (error) {
        if (signal.aborted) return
        problem = pauses.judge(error)
      }
      await pauses.wait(Date.now() - opened, problem, signal)
    }
  } finally {
    // Closes the connection of an iteration that is left early.
    stop.abort()
  }
}

/** The pauses between connections: doubling and drawn by chance, so that clients don't return all at once. */
class Pauses {
  private failures = 0
  private wasAuthentication = false
  private readonly min: number
  private readonly max: number

  constructor({ minDelay = 500, maxDelay = 30_000 }: ResumeOptions) {
    this.min = minDelay
    this.max = maxDelay
  }

  reset() {
    this.failures = 0
    this.wasAuthentication = false
  }

  /** The error if there is a point in going on; throws it otherwise. A second refusal of a token in a row is final. */
  judge(error: unknown): StreamError {
    if (!(error instanceof StreamError) || error.isFinal) throw error
    if (error.isAboutAuthentication && this.wasAuthentication) throw error
    this.wasAuthentication = error.isAboutAuthentication
    return error
  }

  async wait(connected: number, problem: StreamError | undefined, signal: AbortSignal): Promise<void> {
    // A quiet connection that held was no failure.
    if (connected > this.max) this.failures = 0
    const bound = Math.min(this.max, this.min * 2 ** this.failures++)
    await sleep(Math.max(Math.random() * bound, problem?.details.retryAfter ?? 0), signal)
  }
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal.addEventListener('abort', done)
  })
}
