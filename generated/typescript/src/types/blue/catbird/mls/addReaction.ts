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

const is$typed = _is$typed,
  validate = _validate
const id = 'blue.catbird.mls.addReaction'

export type QueryParams = {}

export interface InputSchema {
  /** Which conversation: the `groupId` given to createConvo. */
  convoId: string
  /** The `id` of the entry. */
  messageId: string
  /** The reaction: one grapheme, such as an emoji, at most 16 bytes of UTF-8. Compared byte by byte. */
  reaction: string
}

export interface OutputSchema {
  /** Always true. */
  success: boolean
  /** When the reaction was stored, cut down to full 2 seconds. */
  reactedAt?: string
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

export class NotFoundError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class NotMemberError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class AlreadyReactedError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'NotFound') return new NotFoundError(e)
    if (e.error === 'NotMember') return new NotMemberError(e)
    if (e.error === 'AlreadyReacted') return new AlreadyReactedError(e)
  }

  return e
}
