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
const id = 'blue.catbird.mls.reportMember'

export type QueryParams = {}

export interface InputSchema {
  /** Which conversation: the `groupId` given to createConvo. */
  convoId: string
  /** The user to report. */
  reportedDid: string
  category: ReportCategory
  /** What the reporter has to say, encrypted for the admins; at most 51200 bytes, or fewer if the server says so. How it is encrypted is between the clients. */
  encryptedContent: Uint8Array
  /** Messages of the conversation that the report is about, at most 20. Kept as they are: whether they exist is not looked up. */
  messageIds?: string[]
}

export interface OutputSchema {
  /** Names the report. A UUID. */
  reportId: string
  /** When it was stored, cut down to full 2 seconds. */
  submittedAt: string
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

export class TargetNotMemberError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class CannotReportSelfError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class ConvoNotFoundError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class ReportTooLargeError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'NotMember') return new NotMemberError(e)
    if (e.error === 'TargetNotMember') return new TargetNotMemberError(e)
    if (e.error === 'CannotReportSelf') return new CannotReportSelfError(e)
    if (e.error === 'ConvoNotFound') return new ConvoNotFoundError(e)
    if (e.error === 'ReportTooLarge') return new ReportTooLargeError(e)
  }

  return e
}

/** What a report is about. An open set: other names are kept as they are, and counted as `other`. At most 64 bytes. */
export type ReportCategory =
  | 'harassment'
  | 'spam'
  | 'hate_speech'
  | 'violence'
  | 'sexual_content'
  | 'impersonation'
  | 'privacy_violation'
  | 'other'
  | (string & {})
