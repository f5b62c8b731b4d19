import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sseMessages, type SseMessage } from '../sse'

async function read(pieces: Uint8Array[]): Promise<SseMessage[]> {
  const messages: SseMessage[] = []
  for await (const message of sseMessages(
    (async function* () {
      yield* pieces
    })(),
  ))
    messages.push(message)
  return messages
}

test('messages are the same however their bytes are cut', async () => {
  const text =
    ': a comment\n\nid: 1\nevent: kind\ndata: {"text":"Grüße 🐈"}\n\nretry: 5\ndata:no space\r\ndata\r\ndata:  two\r\n\r\n' +
    'event: empty\n\nid: 2\ndata: a: b\n\ndata: cut off'
  const expected: SseMessage[] = [
    { id: '1', event: 'kind', data: '{"text":"Grüße 🐈"}' },
    { id: '1', event: 'message', data: 'no space\n\n two' },
    { id: '2', event: 'message', data: 'a: b' },
  ]
  const bytes = new TextEncoder().encode(text)
  for (const size of [1, 2, 3, 5, 7, 64, bytes.length]) {
    const pieces = []
    for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size))
    assert.deepEqual(await read(pieces), expected, `pieces of ${size} bytes`)
  }
})

test('a line of many pieces costs no more than its length', async () => {
  const piece = new Uint8Array(1 << 16).fill(97)
  const pieces = [
    new TextEncoder().encode('data: '),
    ...Array<Uint8Array>(256).fill(piece),
    new TextEncoder().encode('\n\n'),
  ]
  const [message] = await read(pieces)
  assert.equal(message?.data.length, 1 << 24)
})
