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
const id = 'blue.catbird.mls.getAdminStats'

export type QueryParams = {
  /** Which conversation: the `groupId` given to createConvo. Absent means the whole server, for operators only. */
  convoId?: string
  /** Count only what was reported, removed or settled at this time or later. Absent means all that is kept. */
  since?: string
}
export type InputSchema = undefined

export interface OutputSchema {
  stats: ModerationStats
  /** When they were counted, cut down to full 2 seconds. */
  generatedAt: string
  /** The conversation they are of. Absent for the whole server. */
  convoId?: string
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

export class NotAuthorizedError extends XRPCError {
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
    if (e.error === 'NotAuthorized') return new NotAuthorizedError(e)
    if (e.error === 'ConvoNotFound') return new ConvoNotFoundError(e)
  }

  return e
}

/** Counts of reports and removals. Reports are counted as long as they are kept. */
export interface ModerationStats {
  $type?: 'blue.catbird.mls.getAdminStats#moderationStats'
  /** Reports of any status. */
  totalReports: number
  /** Reports that wait for a decision. */
  pendingReports: number
  /** Reports that were resolved or dismissed. */
  resolvedReports: number
  /** Removals of a user by somebody else, whether or not a report led to them. */
  totalRemovals: number
  /** Blocks between members that admins had been told of and that keep nobody from anybody any more: the block was taken back, or one of the two has left or was removed. */
  blockConflictsResolved: number
  reportsByCategory?: ReportCategoryCounts
  /** Hours from report to decision on average, rounded to the nearest. Absent when nothing was decided. */
  averageResolutionTimeHours?: number
}

const hashModerationStats = 'moderationStats'

export function isModerationStats<V>(v: V) {
  return is$typed(v, id, hashModerationStats)
}

export function validateModerationStats<V>(v: V) {
  return validate<ModerationStats & V>(v, id, hashModerationStats)
}

/** Reports by what they are about. A category without any is absent. */
export interface ReportCategoryCounts {
  $type?: 'blue.catbird.mls.getAdminStats#reportCategoryCounts'
  /** Reports of harassment. */
  harassment?: number
  /** Reports of spam. */
  spam?: number
  /** Reports of `hate_speech`. */
  hateSpeech?: number
  /** Reports of violence. */
  violence?: number
  /** Reports of `sexual_content`. */
  sexualContent?: number
  /** Reports of impersonation. */
  impersonation?: number
  /** Reports of `privacy_violation`. */
  privacyViolation?: number
  /** Reports of `other`, and of categories that this server doesn't know. */
  otherCategory?: number
}

const hashReportCategoryCounts = 'reportCategoryCounts'

export function isReportCategoryCounts<V>(v: V) {
  return is$typed(v, id, hashReportCategoryCounts)
}

export function validateReportCategoryCounts<V>(v: V) {
  return validate<ReportCategoryCounts & V>(v, id, hashReportCategoryCounts)
}
