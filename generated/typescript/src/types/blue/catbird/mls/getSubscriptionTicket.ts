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
const id = 'blue.catbird.mls.getSubscriptionTicket'

export type QueryParams = {}

export interface InputSchema {
  /** Limits the subscription to this conversation. Without it, all conversations of the caller. */
  convoId?: string
}

export interface OutputSchema {
  /** The `ticket` parameter of subscribeConvoEvents. Whoever has it can use it: keep it secret. */
  ticket: string
  /** Address of subscribeConvoEvents, with scheme wss or ws and without parameters. */
  endpoint: string
  /** When the ticket stops working. */
  expiresAt: string
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

export class NotMemberError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'NotMember') return new NotMemberError(e)
  }

  return e
}
