// The streams of events, which the official client can't read: it waits for the end of a response.
//
// Both functions give each event once and in order, and connect again by themselves, from the last event on. Store the
// `cursor` of an event when you have processed it, and begin with it the next time.

import type { FetchHandler } from '@atproto/xrpc'
import type { AtpBaseClient } from '../src/index'
import { type EventWrapper, isInfoEvent } from '../src/types/blue/catbird/mls/streamConvoEvents'
import { callFailed, StreamError } from './errors'
import { resume, type ResumeOptions, type StreamEvent } from './resume'
import { socketConnection, type SocketConstructor } from './socket'
import { sseConnection } from './sse'

export { StreamError, type StreamErrorName } from './errors'
export type { ResumeOptions, StreamEvent } from './resume'
export type { SocketConstructor, SocketLike } from './socket'

const NAMESPACE = 'blue.catbird.mls'
const SUBSCRIPTION = `${NAMESPACE}.subscribeConvoEvents`

export interface StreamOptions extends ResumeOptions {
  /** The only conversation to tell of. Without it, all of the caller's, also those joined later. */
  convoId?: string | undefined
}

export interface SseOptions extends StreamOptions {
  /** Headers beside those that the client's own fetch handler sets. */
  headers?: Record<string, string> | undefined
  /** After how many milliseconds without a sign of life to connect again. The server gives one every 15 seconds. */
  silence?: number | undefined
}

/** What happened: one of these, or what a newer server has, to be passed over. */
export type ConvoEvent = EventWrapper['event'] & StreamEvent

export interface SocketOptions extends StreamOptions {
  /** After how many milliseconds without an event to connect again. The server sends one every ten minutes at least. */
  silence?: number | undefined
  /** Where the runtime has no WebSocket of its own. */
  WebSocket?: SocketConstructor | undefined
}

/**
 * Events as Server-Sent Events. From a browser through a PDS they may come late, since it holds them back to compress them;
 * {@link subscribeConvoEvents} doesn't go through the PDS.
 *
 * @throws {StreamError} when going on is of no use, as after `CursorExpired` or `NotMember`.
 */
export function streamConvoEvents(
  client: { fetchHandler: FetchHandler },
  options: SseOptions = {},
): AsyncGenerator<ConvoEvent, void, void> {
  const { convoId, headers, silence = 45_000 } = options
  return resume<ConvoEvent>(async function* (cursor, signal) {
    const path = `/xrpc/${NAMESPACE}.streamConvoEvents${query({ cursor, convoId })}`
    const request = { fetchHandler: client.fetchHandler, path, headers, silence }
    for await (const data of sseConnection(request, signal)) yield (data as { event: ConvoEvent }).event
  }, options)
}

/**
 * The same events over a WebSocket. Each connection takes a new ticket.
 *
 * @throws {StreamError} when going on is of no use, as after `CursorExpired` or `NotMember`.
 */
export function subscribeConvoEvents(
  client: AtpBaseClient,
  options: SocketOptions = {},
): AsyncGenerator<ConvoEvent, void, void> {
  const { convoId, silence = 660_000 } = options
  const Socket = options.WebSocket ?? (globalThis as { WebSocket?: SocketConstructor }).WebSocket
  if (!Socket) throw new TypeError('this runtime has no WebSocket; give one in the options')
  return resume<ConvoEvent>(async function* (cursor, signal) {
    const { endpoint, ticket } = await takeTicket(client, convoId, signal)
    const url = endpoint + query({ ticket, cursor, convoId })
    for await (const message of socketConnection(Socket, url, SUBSCRIPTION, silence, signal)) {
      const event = message as ConvoEvent
      // Over Server-Sent Events the server refuses such a cursor. Going on would pass over what is missing.
      if (isInfoEvent(event) && event.info === 'OutdatedCursor') {
        throw new StreamError('CursorExpired', 'events behind the cursor are no longer kept')
      }
      yield event
    }
  }, options)
}

async function takeTicket(client: AtpBaseClient, convoId: string | undefined, signal: AbortSignal) {
  const input = convoId === undefined ? {} : { convoId }
  try {
    const options = { encoding: 'application/json' as const, signal }
    return (await client.blue.catbird.mls.getSubscriptionTicket(input, options)).data
  } catch (error) {
    throw callFailed(error)
  }
}

function query(params: Record<string, string | undefined>): string {
  const given = Object.entries(params).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return given.length > 0 ? `?${new URLSearchParams(given)}` : ''
}
