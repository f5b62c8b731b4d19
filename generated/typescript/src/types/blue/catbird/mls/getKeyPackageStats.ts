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
const id = 'blue.catbird.mls.getKeyPackageStats'

export type QueryParams = {
  /** Whose key packages. Absent means the caller's. */
  did?: string
  /** Count only this cipher suite, by its name as in `defs#cipherSuite`. Absent means all. */
  cipherSuite?: string
}
export type InputSchema = undefined

export interface OutputSchema {
  /** Key packages that are neither consumed nor expired. */
  available: number
  /** Below how many available ones the stock counts as low. */
  threshold: number
  /** Whether `available` is below `threshold`. Publish more with publishKeyPackages when true. */
  needsReplenish: boolean
  /** Key packages on record: available, consumed and expired. */
  total: number
  /** Key packages on record that were consumed. */
  consumed: number
  /** Those consumed within the last 24 hours. */
  consumedLast24h: number
  /** Those consumed within the last 7 days. */
  consumedLast7d: number
  /** Key packages consumed per day over the last 7 days, rounded up. */
  averageDailyConsumption: number
  /** Days until none is left at that rate, rounded down. Absent when none was consumed in the last 7 days. */
  predictedDepletionDays?: number
  /** Time until the next available key package expires, for people to read, such as `12d 4h`; at most 64 bytes. Do not parse it. Absent when none is available. */
  oldestExpiresIn?: string
  /** The same counts by cipher suite, for those of which there are any. */
  byCipherSuite?: CipherSuiteStats[]
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

export class InvalidDidError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'InvalidDid') return new InvalidDidError(e)
  }

  return e
}

/** Key packages of one cipher suite. */
export interface CipherSuiteStats {
  $type?: 'blue.catbird.mls.getKeyPackageStats#cipherSuiteStats'
  cipherSuite: BlueCatbirdMlsDefs.CipherSuite
  /** Key packages that are neither consumed nor expired. */
  available: number
  /** Key packages on record that were consumed. */
  consumed?: number
}

const hashCipherSuiteStats = 'cipherSuiteStats'

export function isCipherSuiteStats<V>(v: V) {
  return is$typed(v, id, hashCipherSuiteStats)
}

export function validateCipherSuiteStats<V>(v: V) {
  return validate<CipherSuiteStats & V>(v, id, hashCipherSuiteStats)
}
