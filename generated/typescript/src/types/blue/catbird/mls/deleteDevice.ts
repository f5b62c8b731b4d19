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
const id = 'blue.catbird.mls.deleteDevice'

export type QueryParams = {}

export interface InputSchema {
  /** UUID of the device: the `deviceId` that registerDevice gave, or the one in the credential of a device that never registered. */
  deviceId: string
}

export interface OutputSchema {
  /** Always true; what fails is an error. */
  deleted: boolean
  /** How many key packages were deleted that were not used up yet. */
  keyPackagesDeleted: number
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

export class DeviceNotFoundError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class UnauthorizedError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'DeviceNotFound') return new DeviceNotFoundError(e)
    if (e.error === 'Unauthorized') return new UnauthorizedError(e)
  }

  return e
}
