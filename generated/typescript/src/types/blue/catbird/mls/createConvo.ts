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
const id = 'blue.catbird.mls.createConvo'

export type QueryParams = {}

export interface InputSchema {
  /** MLS group id in hex, at most 128 characters. Becomes the `convoId`. Must be new on this server; draw it at random. */
  groupId: string
  /** Made by the client, at most 128 bytes; send the same when you retry. The same key from the same caller with the same content gives the first answer and has one effect, also when both calls arrive at once. Without it, a retry after a lost answer gets ConvoAlreadyExists. */
  idempotencyKey?: string
  cipherSuite: BlueCatbirdMlsDefs.CipherSuite
  /** The users to start with besides the caller, who is a member anyway: at most 999. */
  initialMembers?: string[]
  /** MLS Welcome for the new devices, in base64, either alphabet, padded or not, bare or inside an MLSMessage; at most 10 MiB. Stored with the change, and fetched by each new device with getWelcome. */
  welcomeMessage?: string
  /** The key packages that went into the Welcome, one per new device, at most 10000. They are consumed together with the change and handed to nobody else. They must be exactly those that the Welcome names. */
  keyPackageHashes?: KeyPackageHashEntry[]
  metadata?: MetadataInput
  /** Epoch at which the conversation starts: 0 for a group of the creator alone (default), 1 after one commit that added members. With a Welcome it is at least 1, and never more than 9007199254740991. */
  currentEpoch?: number
}

export type OutputSchema = BlueCatbirdMlsDefs.ConvoView

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

export class InvalidCipherSuiteError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class KeyPackageNotFoundError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class TooManyMembersError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class MutualBlockDetectedError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class ConvoAlreadyExistsError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class InvalidWelcomeError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class IdempotencyKeyReusedError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class BlueskyServiceUnavailableError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'InvalidCipherSuite') return new InvalidCipherSuiteError(e)
    if (e.error === 'KeyPackageNotFound') return new KeyPackageNotFoundError(e)
    if (e.error === 'TooManyMembers') return new TooManyMembersError(e)
    if (e.error === 'MutualBlockDetected')
      return new MutualBlockDetectedError(e)
    if (e.error === 'ConvoAlreadyExists') return new ConvoAlreadyExistsError(e)
    if (e.error === 'InvalidWelcome') return new InvalidWelcomeError(e)
    if (e.error === 'IdempotencyKeyReused')
      return new IdempotencyKeyReusedError(e)
    if (e.error === 'BlueskyServiceUnavailable')
      return new BlueskyServiceUnavailableError(e)
  }

  return e
}

/** Name and description of a new conversation, in clear text. */
export interface MetadataInput {
  $type?: 'blue.catbird.mls.createConvo#metadataInput'
  /** Display name, at most 128 bytes of UTF-8. */
  name?: string
  /** What the conversation is about, at most 512 bytes of UTF-8. */
  description?: string
}

const hashMetadataInput = 'metadataInput'

export function isMetadataInput<V>(v: V) {
  return is$typed(v, id, hashMetadataInput)
}

export function validateMetadataInput<V>(v: V) {
  return validate<MetadataInput & V>(v, id, hashMetadataInput)
}

/** A key package that went into the Welcome, and whose it is. */
export interface KeyPackageHashEntry {
  $type?: 'blue.catbird.mls.createConvo#keyPackageHashEntry'
  /** The user whose key package it is, without a device. A user with several devices appears once per device. */
  did: string
  /** Lower-case hex SHA-256 of the key package's bytes as published: 64 characters. The `keyPackageHash` from getKeyPackages. */
  hash: string
}

const hashKeyPackageHashEntry = 'keyPackageHashEntry'

export function isKeyPackageHashEntry<V>(v: V) {
  return is$typed(v, id, hashKeyPackageHashEntry)
}

export function validateKeyPackageHashEntry<V>(v: V) {
  return validate<KeyPackageHashEntry & V>(v, id, hashKeyPackageHashEntry)
}
