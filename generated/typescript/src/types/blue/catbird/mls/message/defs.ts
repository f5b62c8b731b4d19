/**
 * GENERATED CODE - DO NOT MODIFY
 */
import { type ValidationResult, BlobRef } from '@atproto/lexicon'
import { CID } from 'multiformats/cid'
import { validate as _validate } from '../../../../../lexicons'
import {
  type $Typed,
  is$typed as _is$typed,
  type OmitKey,
} from '../../../../../util'

const is$typed = _is$typed,
  validate = _validate
const id = 'blue.catbird.mls.message.defs'

/** Plaintext of an application message: JSON, encrypted as MLS application data. `messageType` says which of the other properties to read. A client ignores a payload whose version or type it does not know. */
export interface PayloadView {
  $type?: 'blue.catbird.mls.message.defs#payloadView'
  /** Version of this format: 1. */
  version: 1
  /** What the payload is. `text` uses `text` and `embed`; each other type uses the property of its own name. */
  messageType:
    | 'text'
    | 'adminRoster'
    | 'adminAction'
    | 'reaction'
    | 'readReceipt'
    | 'typing'
    | (string & {})
  /** What the sender wrote, at most 10000 bytes of UTF-8. */
  text?: string
  embed?:
    | $Typed<RecordEmbed>
    | $Typed<LinkEmbed>
    | $Typed<GifEmbed>
    | { $type: string }
  adminRoster?: AdminRoster
  adminAction?: AdminAction
  reaction?: ReactionPayload
  readReceipt?: ReadReceiptPayload
  typing?: TypingPayload
}

const hashPayloadView = 'payloadView'

export function isPayloadView<V>(v: V) {
  return is$typed(v, id, hashPayloadView)
}

export function validatePayloadView<V>(v: V) {
  return validate<PayloadView & V>(v, id, hashPayloadView)
}

/** An AT Protocol record that the message quotes. */
export interface RecordEmbed {
  $type?: 'blue.catbird.mls.message.defs#recordEmbed'
  /** Address of the record. */
  uri: string
  /** Version of the record that the sender saw. Absent means the current one. */
  cid?: string
  /** Author of the record, as the sender states it. Check it against `uri`. */
  authorDid: string
  /** Excerpt to show before the record is fetched, at most 300 bytes of UTF-8. */
  previewText?: string
  /** When the record was made, as the sender states it. */
  createdAt?: string
}

const hashRecordEmbed = 'recordEmbed'

export function isRecordEmbed<V>(v: V) {
  return is$typed(v, id, hashRecordEmbed)
}

export function validateRecordEmbed<V>(v: V) {
  return validate<RecordEmbed & V>(v, id, hashRecordEmbed)
}

/** A web page that the message points to. Its preview is made by the sender, so that readers need not visit the page. */
export interface LinkEmbed {
  $type?: 'blue.catbird.mls.message.defs#linkEmbed'
  /** Address of the page. */
  url: string
  /** Title of the page, at most 300 bytes of UTF-8. */
  title?: string
  /** Summary of the page, at most 1000 bytes of UTF-8. */
  description?: string
  /** Address of a preview image. Fetching it tells its host who reads. */
  thumbnailURL?: string
  /** Host name to show, at most 100 bytes. Check it against `url`. */
  domain?: string
}

const hashLinkEmbed = 'linkEmbed'

export function isLinkEmbed<V>(v: V) {
  return is$typed(v, id, hashLinkEmbed)
}

export function validateLinkEmbed<V>(v: V) {
  return validate<LinkEmbed & V>(v, id, hashLinkEmbed)
}

/** An animation from Tenor. */
export interface GifEmbed {
  $type?: 'blue.catbird.mls.message.defs#gifEmbed'
  /** Page of the animation at Tenor. */
  tenorURL: string
  /** The animation as an MP4 video. Fetching it tells its host who reads. */
  mp4URL: string
  /** Title or description for those who do not see it, at most 300 bytes of UTF-8. */
  title?: string
  /** Address of a still image. */
  thumbnailURL?: string
  /** Width in pixels. */
  width?: number
  /** Height in pixels. */
  height?: number
}

const hashGifEmbed = 'gifEmbed'

export function isGifEmbed<V>(v: V) {
  return is$typed(v, id, hashGifEmbed)
}

export function validateGifEmbed<V>(v: V) {
  return validate<GifEmbed & V>(v, id, hashGifEmbed)
}

/** The admins of the conversation as the sender knows them. Lets members notice when the server shows them another list. */
export interface AdminRoster {
  $type?: 'blue.catbird.mls.message.defs#adminRoster'
  /** Version of the list, from 1 and rising by one with each change. A roster with a version not above the one known is ignored. */
  version: number
  /** The user DIDs of all admins, at most 10000. */
  admins: string[]
  /** Digest of the list, by which clients compare rosters. Made and read by clients only; at most 128 bytes. */
  hash?: string
}

const hashAdminRoster = 'adminRoster'

export function isAdminRoster<V>(v: V) {
  return is$typed(v, id, hashAdminRoster)
}

export function validateAdminRoster<V>(v: V) {
  return validate<AdminRoster & V>(v, id, hashAdminRoster)
}

/** Tells members of a role change or removal that the sender has made, end to end. The change itself goes through promoteAdmin, demoteAdmin or removeMember. */
export interface AdminAction {
  $type?: 'blue.catbird.mls.message.defs#adminAction'
  /** What was done. */
  action: 'promote' | 'demote' | 'remove' | (string & {})
  /** The user to whom it was done. */
  targetDid: string
  /** When, by the sender's clock. */
  timestamp: string
  /** Why, in the sender's words, at most 500 bytes of UTF-8. */
  reason?: string
}

const hashAdminAction = 'adminAction'

export function isAdminAction<V>(v: V) {
  return is$typed(v, id, hashAdminAction)
}

export function validateAdminAction<V>(v: V) {
  return validate<AdminAction & V>(v, id, hashAdminAction)
}

/** An encrypted reaction to an earlier message. Adding what is there and removing what is not are no errors. */
export interface ReactionPayload {
  $type?: 'blue.catbird.mls.message.defs#reactionPayload'
  /** `id` of the message reacted to. */
  messageId: string
  /** The reaction, at most 16 bytes of UTF-8. */
  emoji: string
  /** Whether the reaction comes or goes. */
  action: 'add' | 'remove' | (string & {})
}

const hashReactionPayload = 'reactionPayload'

export function isReactionPayload<V>(v: V) {
  return is$typed(v, id, hashReactionPayload)
}

export function validateReactionPayload<V>(v: V) {
  return validate<ReactionPayload & V>(v, id, hashReactionPayload)
}

/** Tells the others how far the sender has read. */
export interface ReadReceiptPayload {
  $type?: 'blue.catbird.mls.message.defs#readReceiptPayload'
  /** `id` of the newest message read. All earlier ones count as read too. */
  messageId: string
}

const hashReadReceiptPayload = 'readReceiptPayload'

export function isReadReceiptPayload<V>(v: V) {
  return is$typed(v, id, hashReadReceiptPayload)
}

export function validateReadReceiptPayload<V>(v: V) {
  return validate<ReadReceiptPayload & V>(v, id, hashReadReceiptPayload)
}

/** Tells the others whether the sender is typing. */
export interface TypingPayload {
  $type?: 'blue.catbird.mls.message.defs#typingPayload'
  /** True when typing goes on, false when it has stopped. Readers let it lapse after some seconds without news. */
  isTyping: boolean
  /** When, by the sender's clock, in milliseconds since the start of 1970 (UTC). Tells a late signal from a new one. */
  ts?: number
}

const hashTypingPayload = 'typingPayload'

export function isTypingPayload<V>(v: V) {
  return is$typed(v, id, hashTypingPayload)
}

export function validateTypingPayload<V>(v: V) {
  return validate<TypingPayload & V>(v, id, hashTypingPayload)
}
