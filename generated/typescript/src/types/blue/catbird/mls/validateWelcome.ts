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
const id = 'blue.catbird.mls.validateWelcome'

export type QueryParams = {}

export interface InputSchema {
  /** The Welcome, bare or inside an MLSMessage, byte for byte as it came; at most 10 MiB. */
  welcomeMessage: Uint8Array
}

export interface OutputSchema {
  /** True when the Welcome waits for the caller, or the caller has the key package reserved for making it. False when the server has no such Welcome though the key package is free: the commit that it belongs to was not taken. */
  valid: boolean
  /** Lower-case hex SHA-256 of the published bytes of the caller's key package that it is for. Of several, one that it still waits for. */
  keyPackageHash: string
  /** The user whose key package it is: the caller. */
  recipientDid?: string
  /** The conversation that it leads into. Absent when the server has no such Welcome for the caller. */
  groupId?: string
  /** Whether the caller has the key package reserved. */
  reserved?: boolean
  /** When that reservation ends, cut down to full 2 seconds. Absent when there is none. */
  reservedUntil?: string
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

export class InvalidWelcomeError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class KeyPackageNotFoundError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class KeyPackageAlreadyConsumedError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class KeyPackageReservedError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class RecipientMismatchError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'InvalidWelcome') return new InvalidWelcomeError(e)
    if (e.error === 'KeyPackageNotFound') return new KeyPackageNotFoundError(e)
    if (e.error === 'KeyPackageAlreadyConsumed')
      return new KeyPackageAlreadyConsumedError(e)
    if (e.error === 'KeyPackageReserved') return new KeyPackageReservedError(e)
    if (e.error === 'RecipientMismatch') return new RecipientMismatchError(e)
  }

  return e
}
