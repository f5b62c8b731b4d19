// The streams of the TypeScript client from the real server: directly, through a PDS, and over a WebSocket.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { WebSocket } from 'ws'
import { BlueCatbirdMlsStreamConvoEvents } from '../../../generated/typescript/dist/src/index.js'
import {
  type ConvoEvent,
  type SocketConstructor,
  streamConvoEvents,
  type StreamOptions,
  subscribeConvoEvents,
} from '../../../generated/typescript/dist/streams/index.js'
import { begin } from './side.js'
import { Stack, tokensOf } from './stack.js'

const { isMessageEvent } = BlueCatbirdMlsStreamConvoEvents

let stack: Stack

before(async () => {
  stack = await Stack.start()
})

after(() => stack?.stop())

type Stream = AsyncGenerator<ConvoEvent, void, void>

/** The next messages of the log, as the stream tells them. */
async function messages(stream: Stream, count: number) {
  const found = []
  while (found.length < count) {
    const { value: event } = await stream.next()
    assert.ok(event, 'the stream goes on')
    if (isMessageEvent(event)) found.push(event)
  }
  return found
}

/** Asks for the first event, which tells that the stream has begun. */
async function begun(stream: Stream): Promise<string> {
  const { value: event } = await stream.next()
  assert.ok(event)
  return event.cursor
}

test('events come live by every way, and again from a cursor', { timeout: 20_000 }, async (t) => {
  const [alice, bob] = [await stack.account('alice'), await stack.account('bob')]
  const [hers, his] = await begin(stack, alice, bob)
  const leaving = new AbortController()
  t.after(() => leaving.abort())
  const open = (options: StreamOptions) => ({
    direct: streamConvoEvents(stack.direct(tokensOf(bob)), options),
    'through the PDS': streamConvoEvents(his.api, options),
    'over a WebSocket': subscribeConvoEvents(his.api, {
      ...options,
      // The types of the package know more events than the client needs.
      WebSocket: WebSocket as unknown as SocketConstructor,
    }),
  })

  const live = open({ signal: leaving.signal })
  const cursors = await Promise.all(Object.values(live).map(begun))
  const sent = [await hers.send('one'), await hers.send('two')]
  for (const [way, stream] of Object.entries(live)) {
    const events = await messages(stream, 2)
    assert.deepEqual(
      events.map(({ message }) => [message.seq, message.id]),
      sent.map(({ seq, messageId }) => [seq, messageId]),
      way,
    )
    assert.ok(
      events.every(({ message }) => message.ciphertext instanceof Uint8Array),
      way,
    )
  }
  const again = open({ signal: leaving.signal, cursor: cursors[0], convoId: hers.convoId })
  for (const [way, stream] of Object.entries(again)) {
    const events = await messages(stream, 2)
    assert.deepEqual(
      events.map(({ message }) => message.seq),
      sent.map(({ seq }) => seq),
      way,
    )
  }
  assert.deepEqual(await his.read(), ['one', 'two'])
})

test('streams of a conversation are for its members', { timeout: 20_000 }, async () => {
  const [hers] = await begin(stack, await stack.account('anna'), await stack.account('ben'))
  const outsider = stack.throughPds(await stack.account('carl'))
  const refused = { name: 'StreamError', error: 'NotMember', isFinal: true }
  const options = { convoId: hers.convoId, WebSocket: WebSocket as unknown as SocketConstructor }
  await assert.rejects(streamConvoEvents(outsider, options).next(), refused)
  await assert.rejects(subscribeConvoEvents(outsider, options).next(), refused)
})
