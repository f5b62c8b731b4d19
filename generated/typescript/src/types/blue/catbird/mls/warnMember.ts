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
const id = 'blue.catbird.mls.warnMember'

export type QueryParams = {}

export interface InputSchema {
  /** Which conversation: the `groupId` given to createConvo. */
  convoId: string
  /** The user to warn. Admins can't be warned. */
  memberDid: string
  /** Why, at most 500 bytes of UTF-8. Clear text: told to the one who is warned and kept in the audit log. */
  reason: string
  /** Until when the warning counts, in the future. Kept with it in the audit log; what follows from another breach before then is for the admins to decide. Absent means without limit. */
  expiresAt?: string
}

export interface OutputSchema {
  /** Names the warning in the audit log. A UUID. */
  warningId: string
  /** When it was put into the event stream of the one who is warned, cut down to full 2 seconds. */
  deliveredAt: string
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

export class NotAdminError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class TargetNotMemberError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class CannotWarnAdminError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'ConvoNotFound') return new ConvoNotFoundError(e)
    if (e.error === 'NotAdmin') return new NotAdminError(e)
    if (e.error === 'TargetNotMember') return new TargetNotMemberError(e)
    if (e.error === 'CannotWarnAdmin') return new CannotWarnAdminError(e)
  }

  return e
}
