import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { AtpBaseClient } from '../../src/index'
import { type ConvoEvent, type SocketConstructor, StreamError, subscribeConvoEvents } from '../index'
import { cursor, event, frame, pair, socketServer, take, type Script, typing } from './server'

const STREAM = 'blue.catbird.mls.streamConvoEvents'

interface Options {
  convoId?: string
  silence?: number
  /** What the first calls for a ticket are answered with; 0 is no answer. */
  failures?: (0 | [number, string])[]
}

async function open(t: TestContext, script: Script<WebSocket>, { convoId, silence, failures = [] }: Options = {}) {
  const server = await socketServer(script)
  t.after(() => server.close())
  const endpoint = `ws://${server.address}/xrpc/blue.catbird.mls.subscribeConvoEvents`
  let tickets = 0
  const client = new AtpBaseClient(async (url, init) => {
    assert.equal(url, '/xrpc/blue.catbird.mls.getSubscriptionTicket')
    assert.deepEqual(JSON.parse(new TextDecoder().decode(init.body as Uint8Array)), convoId ? { convoId } : {})
    const failure = failures.shift()
    if (failure === 0) throw new TypeError('fetch failed')
    if (failure) return Response.json({ error: failure[1], message: 'so it is' }, { status: failure[0] })
    return Response.json({ endpoint, ticket: `ticket-${++tickets}`, expiresAt: new Date().toISOString() })
  })
  // The types of the package know more events than this module needs.
  const Socket = WebSocket as unknown as SocketConstructor
  const stream = subscribeConvoEvents(client, { WebSocket: Socket, minDelay: 1, maxDelay: 20, convoId, silence })
  return { server, stream }
}

const send =
  (...frames: Buffer[]) =>
  (socket: WebSocket) =>
    frames.forEach((frame) => socket.send(frame))

const sendAndClose =
  (...frames: Buffer[]) =>
  (socket: WebSocket) => {
    send(...frames)(socket)
    socket.close()
  }

test('a subscription goes on from its last event, with a new ticket each time', async (t) => {
  const { server, stream } = await open(
    t,
    [
      sendAndClose(frame(event(1)), frame(event(2))),
      (socket) => socket.terminate(),
      sendAndClose(pair({ op: -1 }, { error: 'ConsumerTooSlow', message: 'come back' })),
      send(frame(event(2)), frame(event(3)), frame(typing(3, 'begins')), frame(typing(3, 'ends'))),
    ],
    { convoId: 'abcd' },
  )
  assert.deepEqual(await take(stream, 5), [event(1), event(2), event(3), typing(3, 'begins'), typing(3, 'ends')])
  const expected = [undefined, cursor(2), cursor(2), cursor(2)].map((cursor, index) => ({
    ticket: `ticket-${index + 1}`,
    ...(cursor && { cursor }),
    convoId: 'abcd',
  }))
  assert.deepEqual(server.asked, expected)
})

test('a subscription that has fallen silent is opened again', async (t) => {
  const { server, stream } = await open(t, [send(frame(event(1))), send(frame(event(2)))], { silence: 50 })
  assert.deepEqual(await take(stream, 2), [event(1), event(2)])
  assert.deepEqual(
    server.asked.map(({ cursor }) => cursor),
    [undefined, cursor(1)],
  )
})

test('calls for a ticket are repeated, unless they are refused for good', async (t) => {
  const failures: Options['failures'] = [0, [503, 'ServiceUnavailable'], [401, 'ExpiredToken']]
  const repeated = await open(t, [send(frame(event(1)))], { failures })
  assert.deepEqual(await take(repeated.stream, 1), [event(1)])
  const refused = await open(t, [send(frame(event(1)))], { failures: [[400, 'NotMember']] })
  await assert.rejects(
    take(refused.stream, 1),
    (thrown) => thrown instanceof StreamError && thrown.error === 'NotMember',
  )
})

test('frames carry bytes, and types by their whole or short name', async (t) => {
  const body = { cursor: cursor(1), ciphertext: new Uint8Array([1, 2, 3]) }
  const later = { cursor: cursor(2) }
  const { stream } = await open(t, [
    send(pair({ op: 1, t: '#message' }, body), pair({ op: 1, t: 'other.defs#kind' }, later)),
  ])
  const expected = [
    { $type: 'blue.catbird.mls.subscribeConvoEvents#message', ...body },
    { $type: 'other.defs#kind', ...later },
  ]
  assert.deepEqual(await take(stream, 2), expected)
})

test('frames of unknown kinds are passed over', async (t) => {
  const unknown = pair({ op: 2, t: '#later' }, { cursor: cursor(9) })
  const { stream } = await open(t, [send(unknown, frame(event(1)))])
  assert.deepEqual(await take(stream, 1), [event(1)])
})

test('what is no frame ends the connection', async (t) => {
  const { server, stream } = await open(t, [
    send(frame(event(1)), Buffer.from([0xff, 0x00])),
    send(Buffer.concat([frame(event(2)), frame(event(3))])),
    (socket) => socket.send('text'),
    send(frame(event(2))),
  ])
  assert.deepEqual(await take(stream, 2), [1, 2].map(event))
  assert.equal(server.asked.length, 4)
})

for (const error of ['CursorExpired', 'InvalidCursor', 'NotMember', 'FutureCursor']) {
  test(`${error} ends the subscription`, async (t) => {
    const { server, stream } = await open(t, [
      sendAndClose(frame(event(1)), pair({ op: -1 }, { error, message: 'no' })),
    ])
    await assert.rejects(take(stream, 2), (thrown) => thrown instanceof StreamError && thrown.error === error)
    assert.equal(server.asked.length, 1)
  })
}

test('a cursor that is too old ends the subscription as it does a stream', async (t) => {
  const outdated = pair({ op: 1, t: `${STREAM}#infoEvent` }, { cursor: cursor(1), info: 'OutdatedCursor' })
  const { server, stream } = await open(t, [send(outdated, frame(event(2)))])
  const isExpired = (thrown: unknown) => thrown instanceof StreamError && thrown.error === 'CursorExpired'
  await assert.rejects(take(stream, 1), isExpired)
  assert.equal(server.asked.length, 1)
})

test('a second refused ticket in a row ends the subscription', async (t) => {
  const { server, stream } = await open(t, [sendAndClose(pair({ op: -1 }, { error: 'InvalidTicket' }))])
  await assert.rejects(take(stream, 1), (thrown) => thrown instanceof StreamError && thrown.error === 'InvalidTicket')
  assert.equal(server.asked.length, 2)
})

test('a consumer that is far behind loses nothing', async (t) => {
  const count = 5000
  const from = (first: number) => Array.from({ length: count - first + 1 }, (_, index) => frame(event(first + index)))
  const serve = (socket: WebSocket, request: { url?: string | undefined }) => {
    const cursor = new URL(request.url ?? '', 'ws://host').searchParams.get('cursor')
    send(...from(Number(cursor ?? 0) + 1))(socket)
  }
  const { server, stream } = await open(t, [serve])
  const taken: ConvoEvent[] = []
  for await (const told of stream) {
    // Long enough for all the rest to arrive.
    if (taken.push(told) === 1) await new Promise((resolve) => setTimeout(resolve, 300))
    if (taken.length === count) break
  }
  assert.deepEqual(
    taken,
    Array.from({ length: count }, (_, index) => event(index + 1)),
  )
  assert.ok(server.asked.length > 1, 'frames are not heaped up without a bound')
})

test('leaving a subscription closes its connection', async (t) => {
  let gone: Promise<unknown> | undefined
  const { stream } = await open(t, [
    (socket) => {
      gone = once(socket, 'close')
      send(frame(event(1)))(socket)
    },
  ])
  await take(stream, 1)
  await gone
})
