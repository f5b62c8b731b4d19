// Small servers that do what a test tells them, one connection after the other.

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'
import { cborEncode, type LexValue } from '@atproto/lex-cbor'
import type { StreamEvent } from '../index'

/** What to do with each connection; the last also serves all that follow. */
export type Script<C> = ((connection: C, request: IncomingMessage) => void)[]

export interface Fake {
  /** `host:port`. */
  address: string
  /** The parameters of each connection so far. */
  asked: Record<string, string>[]
  close(): Promise<void>
}

export async function sseServer(script: Script<ServerResponse>): Promise<Fake> {
  const asked: Fake['asked'] = []
  const server = createServer((request, response) => {
    asked.push(parameters(request))
    step(script, asked.length)(response, request)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { address: addressOf(server.address()), asked, close }
}

export async function socketServer(script: Script<WebSocket>): Promise<Fake> {
  const asked: Fake['asked'] = []
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', (socket, request) => {
    asked.push(parameters(request))
    step(script, asked.length)(socket, request)
  })
  await once(server, 'listening')
  const close = async () => {
    for (const socket of server.clients) socket.terminate()
    await new Promise((resolve) => server.close(resolve))
  }
  return { address: addressOf(server.address()), asked, close }
}

function addressOf(address: AddressInfo | string | null): string {
  return `127.0.0.1:${(address as AddressInfo).port}`
}

function step<C>(script: Script<C>, number: number): Script<C>[number] {
  const found = script[number - 1] ?? script.at(-1)
  if (!found) throw new Error('a script has a step at least')
  return found
}

function parameters(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(new URL(request.url ?? '', 'http://host').searchParams)
}

/** The cursor of the event with this number. */
export function cursor(number: number): string {
  return String(number).padStart(26, '0')
}

export interface Told extends StreamEvent {
  text: string
}

/** An event that is kept. */
export function event(number: number): Told {
  return { $type: 'blue.catbird.mls.streamConvoEvents#messageEvent', cursor: cursor(number), text: `event ${number}` }
}

/** One that is not, and has the cursor of the last that is. */
export function typing(number: number, text: string): Told {
  return { $type: 'blue.catbird.mls.streamConvoEvents#typingEvent', cursor: cursor(number), text }
}

/** An event as SSE has it. */
export function sse(told: Told): string {
  const name = told.$type?.split('#')[1]
  return `id: ${told.cursor}\nevent: ${name}\ndata: ${JSON.stringify({ event: told })}\n\n`
}

/** An event as a frame. */
export function frame({ $type, ...body }: Told): Buffer {
  return pair({ op: 1, t: $type ?? '' }, body)
}

/** Any frame. */
export function pair(header: LexValue, body: LexValue): Buffer {
  return Buffer.concat([cborEncode(header), cborEncode(body)])
}

/** As many events as asked for, and then the stream is left. */
export async function take<E>(stream: AsyncIterable<E>, count: number): Promise<E[]> {
  const taken: E[] = []
  for await (const next of stream) {
    taken.push(next)
    if (taken.length === count) break
  }
  return taken
}
