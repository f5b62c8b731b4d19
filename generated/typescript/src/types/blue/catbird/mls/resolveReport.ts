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
const id = 'blue.catbird.mls.resolveReport'

export type QueryParams = {}

export interface InputSchema {
  /** The report: its `id` in getReports. */
  reportId: string
  /** `removed_member`: the member was removed. `no_action`: the report was looked at and left at that. Both make it `resolved`. `dismissed`: there was nothing to it; makes it `dismissed`. Anything else is refused. */
  action: 'removed_member' | 'dismissed' | 'no_action' | (string & {})
  /** For other admins and the operator, at most 1000 bytes of UTF-8. Clear text: kept in the audit log. */
  notes?: string
}

export interface OutputSchema {
  /** Always true; what fails is an error. */
  ok: boolean
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

export class NotAdminError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class ReportNotFoundError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class AlreadyResolvedError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'NotAdmin') return new NotAdminError(e)
    if (e.error === 'ReportNotFound') return new ReportNotFoundError(e)
    if (e.error === 'AlreadyResolved') return new AlreadyResolvedError(e)
  }

  return e
}
