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
const id = 'blue.catbird.mls.updateCursor'

export type QueryParams = {}

export interface InputSchema {
  /** Which conversation: the `groupId` given to createConvo. */
  convoId: string
  /** seq of the last entry that the user has seen. Counts as delivered too. */
  readSeq?: number
  /** seq of the last entry that the caller has stored: it no longer needs those up to here from the server. */
  deliveredSeq?: number
  /** Cursor of the last event processed on the stream, or of a page of getPendingMessages, instead of or beside `deliveredSeq`: all entries of this conversation up to there count as delivered. An expired one is taken. */
  cursor?: string
}

export interface OutputSchema {
  /** The read position. */
  readSeq: number
  /** The delivered position, never below the read position. */
  deliveredSeq: number
  /** How many application messages lie after the read position, expired ones not counted. */
  unreadCount: number
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

export class InvalidCursorError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'ConvoNotFound') return new ConvoNotFoundError(e)
    if (e.error === 'NotMember') return new NotMemberError(e)
    if (e.error === 'InvalidCursor') return new InvalidCursorError(e)
  }

  return e
}
