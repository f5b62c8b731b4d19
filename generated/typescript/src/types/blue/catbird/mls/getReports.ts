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
import type * as BlueCatbirdMlsReportMember from './reportMember.js'

const is$typed = _is$typed,
  validate = _validate
const id = 'blue.catbird.mls.getReports'

export type QueryParams = {
  /** Which conversation: the `groupId` given to createConvo. */
  convoId: string
  /** Only reports of this status. Absent means all. */
  status?: 'pending' | 'resolved' | 'dismissed' | (string & {})
  /** Reports at most: 1 to 100, by default 50. */
  limit?: number
}
export type InputSchema = undefined

export interface OutputSchema {
  /** The newest reports, newest first. To get at older ones, resolve these or ask by status. */
  reports: ReportView[]
}

export interface CallOptions {
  signal?: AbortSignal
  headers?: HeadersMap
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

export class ConvoNotFoundError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'NotAdmin') return new NotAdminError(e)
    if (e.error === 'ConvoNotFound') return new ConvoNotFoundError(e)
  }

  return e
}

/** A report about a member. */
export interface ReportView {
  $type?: 'blue.catbird.mls.getReports#reportView'
  /** Names the report to resolveReport. */
  id: string
  /** Who reported. */
  reporterDid: string
  /** Who was reported. They may have left since. */
  reportedDid: string
  /** What the reporter had to say, exactly as it came: opaque to the server. */
  encryptedContent: Uint8Array
  /** When the report was stored, cut down to full 2 seconds. */
  createdAt: string
  /** `pending` until an admin resolves it; `dismissed` if they dismissed it, else `resolved`. An open set. */
  status: 'pending' | 'resolved' | 'dismissed' | (string & {})
  /** The admin who resolved or dismissed it. Absent while it is pending. */
  resolvedBy?: string
  /** When, cut down to full 2 seconds. Absent while it is pending. */
  resolvedAt?: string
  category?: BlueCatbirdMlsReportMember.ReportCategory
  /** Messages that the report is about, as the reporter named them. Absent when none were named. */
  messageIds?: string[]
}

const hashReportView = 'reportView'

export function isReportView<V>(v: V) {
  return is$typed(v, id, hashReportView)
}

export function validateReportView<V>(v: V) {
  return validate<ReportView & V>(v, id, hashReportView)
}
