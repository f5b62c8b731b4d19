/**
 * GENERATED CODE - DO NOT MODIFY
 */
import { HeadersMap, XRPCError } from '@atproto/xrpc'
import { type ValidationResult, BlobRef } from '@atproto/lexicon'
import { CID } from 'multiformats/cid'
import { validate as _validate } from '../../../../lexicons'
import {
  type $Typed,
  is$typed as _is$typed,
  type OmitKey,
} from '../../../../util'
import type * as BlueCatbirdMlsDefs from './defs.js'

const is$typed = _is$typed,
  validate = _validate
const id = 'blue.catbird.mls.sendMessage'

export type QueryParams = {}

export interface InputSchema {
  /** Which conversation: the `groupId` given to createConvo. */
  convoId: string
  /** A ULID or UUID made by the client, at most 36 characters, new for each message. Becomes the `id` of the entry. */
  msgId: string
  /** Not needed: `msgId` alone makes a retry safe. Accepted from older clients and not looked at. */
  idempotencyKey?: string
  /** The MLS message, at most 10 MiB. Its framing tells whether it is a proposal; the rest is opaque to the server. */
  ciphertext: Uint8Array
  /** Epoch at which the message was encrypted. Must be the current one. */
  epoch: number
  /** Length of `ciphertext` in bytes after padding: 512, 1024, 2048, 4096, 8192 or a multiple of 8192, up to 10485760. Padding hides the length of what was written; the server may demand it. */
  paddedSize?: number
  /** `persistent` (default) stores the message. `ephemeral` is for typing and the like: shown to members who are connected, on every replica, never stored, without a seq (the answer says 0) and without promise. At most 4096 bytes of ciphertext, with fewer per second than stored messages. */
  delivery?: 'persistent' | 'ephemeral' | (string & {})
  embedType?: BlueCatbirdMlsDefs.EmbedType
  /** Address of what the message embeds, revealed to the server, at most 2048 bytes. Leave it out to keep that private. */
  embedUri?: string
  /** The caller's own user DID, when given; any other is refused with InvalidRequest. Not stored. */
  senderDid?: string
}

export interface OutputSchema {
  /** The `msgId` sent. */
  messageId: string
  /** When the server took the message, cut down to full 2 seconds. */
  receivedAt: string
  /** Position in the log, final. 0 for an ephemeral message. */
  seq: number
  /** Epoch at which the message was stored, final. */
  epoch: number
}

export interface CallOptions {
  signal?: AbortSignal
  headers?: HeadersMap
  qp?: QueryParams
  encoding?: 'application/json'
}

export interface Response {
  success: boolean
  headers: HeadersMap
  data: OutputSchema
}

export class ConvoNotFoundError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class NotMemberError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class EpochMismatchError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class MessageTooLargeError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class InvalidPaddingError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class InvalidMessageIdError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class InvalidAssetError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'ConvoNotFound') return new ConvoNotFoundError(e)
    if (e.error === 'NotMember') return new NotMemberError(e)
    if (e.error === 'EpochMismatch') return new EpochMismatchError(e)
    if (e.error === 'MessageTooLarge') return new MessageTooLargeError(e)
    if (e.error === 'InvalidPadding') return new InvalidPaddingError(e)
    if (e.error === 'InvalidMessageId') return new InvalidMessageIdError(e)
    if (e.error === 'InvalidAsset') return new InvalidAssetError(e)
  }

  return e
}
