import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { mock, test, type TestContext } from 'node:test'
import { buildFetchHandler } from '@atproto/xrpc'
import { type ConvoEvent, streamConvoEvents, type SseOptions, StreamError } from '../index'
import { cursor, event, sse, sseServer, take, type Fake, type Script, typing } from './server'

/** A server with this script, and a stream from it that doesn't wait long. */
async function open(t: TestContext, script: Script<ServerResponse>, options: SseOptions = {}) {
  const server = await sseServer(script)
  t.after(() => server.close())
  const client = { fetchHandler: buildFetchHandler(`http://${server.address}`) }
  const stream = streamConvoEvents(client, { minDelay: 1, maxDelay: 20, ...options })
  return { server, stream }
}

const refuse =
  (status: number, error: string, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(status, headers).end(JSON.stringify({ error, message: 'so it is' }))

/** Sends these, and ends the response in order. */
const tell =
  (...texts: string[]) =>
  (response: ServerResponse) =>
    void response.end(texts.join(''))

/** Sends these, and breaks the connection off. */
const tellAndBreak =
  (...texts: string[]) =>
  (response: ServerResponse) =>
    void response.write(texts.join(''), () => response.destroy())

/** Sends these, and stays open. */
const tellAndStay =
  (...texts: string[]) =>
  (response: ServerResponse) =>
    void response.write(texts.join(''))

const cursors = (server: Fake) => server.asked.map((parameters) => parameters['cursor'])

test('a stream goes on from its last event, whatever ended the connection', async (t) => {
  const { server, stream } = await open(t, [
    tell(':\n\n', sse(event(1)), sse(event(2))),
    tellAndBreak(sse(event(3)), 'id: 4\ndata: {"half'),
    refuse(503, 'ServiceUnavailable'),
    (response) => void response.destroy(),
    tell('event: error\ndata: {"error":"ConsumerTooSlow","message":"come back"}\n\n'),
    tellAndStay(sse(event(4))),
  ])
  assert.deepEqual(await take(stream, 4), [1, 2, 3, 4].map(event))
  assert.deepEqual(cursors(server), [undefined, cursor(2), cursor(3), cursor(3), cursor(3), cursor(3)])
})

test('what is told twice is given once', async (t) => {
  const { server, stream } = await open(
    t,
    [tell(sse(event(4)), sse(event(5)), sse(event(6))), tell(sse(event(5)), sse(event(6)), sse(event(7)))],
    { cursor: cursor(4), convoId: 'abcd' },
  )
  assert.deepEqual(await take(stream, 3), [5, 6, 7].map(event))
  assert.deepEqual(server.asked[0], { cursor: cursor(4), convoId: 'abcd' })
})

test('ephemeral events are given though they repeat a cursor', async (t) => {
  const first = [event(1), typing(1, 'begins'), typing(1, 'ends'), event(2), { ...event(2), $type: 'other#presence' }]
  const second = [typing(2, 'begins'), { ...event(2), message: { seq: 0 } }, event(3)]
  const { stream } = await open(t, [tell(...first.map(sse)), tell(...[event(2), ...second].map(sse))])
  assert.deepEqual(await take(stream, 8), [...first, ...second])
})

test('bytes are bytes', async (t) => {
  const data = '{"event":{"cursor":"1","text":"","ciphertext":{"$bytes":"AQID"}}}'
  const { stream } = await open(t, [tell(`data: ${data}\n\n`)])
  const [first] = await take(stream, 1)
  assert.deepEqual((first as { ciphertext?: unknown }).ciphertext, new Uint8Array([1, 2, 3]))
})

for (const error of ['CursorExpired', 'InvalidCursor', 'NotMember', 'ConvoNotFound']) {
  const isThat = (thrown: unknown) => thrown instanceof StreamError && thrown.error === error && thrown.isFinal
  test(`${error} as a refusal ends the stream`, async (t) => {
    const { server, stream } = await open(t, [refuse(400, error)])
    await assert.rejects(take(stream, 1), isThat)
    assert.equal(server.asked.length, 1)
  })
  test(`${error} as an event ends the stream`, async (t) => {
    const { server, stream } = await open(t, [tell(sse(event(1)), `event: error\ndata: {"error":"${error}"}\n\n`)])
    await assert.rejects(take(stream, 2), isThat)
    assert.equal(server.asked.length, 1)
  })
}

test('a token that is refused is renewed once', async (t) => {
  const expired = refuse(401, 'ExpiredToken')
  const renewed = await open(t, [expired, tell(sse(event(1))), expired, tell(sse(event(2)))])
  assert.deepEqual(await take(renewed.stream, 2), [1, 2].map(event))
  const refused = await open(t, [expired])
  await assert.rejects(
    take(refused.stream, 1),
    (thrown) => thrown instanceof StreamError && thrown.error === 'ExpiredToken',
  )
  assert.equal(refused.server.asked.length, 2)
})

test('a silent connection is given up, a quiet one is not', async (t) => {
  const silent = await open(t, [tellAndStay(sse(event(1))), tellAndStay(sse(event(2)))], { silence: 1000 })
  assert.deepEqual(await take(silent.stream, 2), [1, 2].map(event))
  assert.deepEqual(cursors(silent.server), [undefined, cursor(1)])
  const comments = (response: ServerResponse) => {
    const timer = setInterval(() => response.write(':\n\n'), 20)
    setTimeout(() => response.write(sse(event(1))), 2500)
    response.on('close', () => clearInterval(timer))
  }
  const quiet = await open(t, [comments], { silence: 1500 })
  assert.deepEqual(await take(quiet.stream, 1), [event(1)])
  assert.equal(quiet.server.asked.length, 1)
})

test('a consumer may take its time', async (t) => {
  const { server, stream } = await open(t, [tellAndStay(sse(event(1)), sse(event(2)))], { silence: 1000 })
  for await (const told of stream) {
    if (told.cursor === cursor(2)) break
    await new Promise((resolve) => setTimeout(resolve, 1500))
  }
  assert.equal(server.asked.length, 1)
})

test('pauses double, up to a bound, and Retry-After is kept', async (t) => {
  const random = mock.method(Math, 'random', () => 1)
  t.after(() => random.mock.restore())
  const times: number[] = []
  const note = (then: (response: ServerResponse) => void) => (response: ServerResponse) => {
    times.push(Date.now())
    then(response)
  }
  const busy = note(refuse(503, 'ServiceUnavailable'))
  const asksToWait = note(refuse(429, 'RateLimitExceeded', { 'retry-after': '1' }))
  const script = [busy, busy, busy, busy, busy, asksToWait, note(tell(sse(event(1))))]
  const { stream } = await open(t, script, { minDelay: 20, maxDelay: 100 })
  assert.deepEqual(await take(stream, 1), [event(1)])
  const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0))
  // Timers may be a millisecond early by this clock.
  const bounds = [20, 40, 80, 100, 100, 1000]
  bounds.forEach((bound, index) => assert.ok((pauses[index] ?? 0) >= bound - 2, `pauses: ${pauses}`))
})

test('leaving or aborting a stream closes its connection', async (t) => {
  const gone: Promise<unknown>[] = []
  const stay = (response: ServerResponse) => {
    gone.push(once(response, 'close'))
    response.write(sse(event(1)))
  }
  const { stream } = await open(t, [stay])
  await take(stream, 1)
  await gone[0]
  const controller = new AbortController()
  const aborted = await open(t, [stay], { signal: controller.signal })
  const given: ConvoEvent[] = []
  for await (const told of aborted.stream) {
    given.push(told)
    setTimeout(() => controller.abort(), 20)
  }
  assert.deepEqual(given, [event(1)])
  await gone[1]
  assert.equal(aborted.server.asked.length, 1)
})
