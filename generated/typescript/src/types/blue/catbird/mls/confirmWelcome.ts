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
const id = 'blue.catbird.mls.confirmWelcome'

export type QueryParams = {}

export interface InputSchema {
  /** Which conversation: the `groupId` given to createConvo. */
  convoId: string
  /** True when the client has joined and stored its group state. Confirm only then. */
  success: boolean
  /** What went wrong, for the operator, at most 1024 bytes of UTF-8. Clear text: no keys, no names. */
  errorDetails?: string
}

export interface OutputSchema {
  /** True when the Welcome is settled, by this call or an earlier one. False when one is still available, or none was ever sent. */
  confirmed: boolean
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

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'ConvoNotFound') return new ConvoNotFoundError(e)
    if (e.error === 'NotMember') return new NotMemberError(e)
  }

  return e
}
