/**
 * GENERATED CODE - DO NOT MODIFY
 */
import { type ValidationResult } from '@atproto/lexicon'
import { CID } from 'multiformats/cid'
import { validate as _validate } from '../../../../lexicons'
import {
  type $Typed,
  is$typed as _is$typed,
  type OmitKey,
} from '../../../../util'

const is$typed = _is$typed,
  validate = _validate
const id = 'blue.catbird.mls.defs'

/** A conversation as one of its members sees it. One conversation is one MLS group with one log, in which application messages, proposals and commits share the sequence 1, 2, 3 and so on. */
export interface ConvoView {
  $type?: 'blue.catbird.mls.defs#convoView'
  /** The conversation's id: always equal to `groupId`. This is the `convoId` of every other method. */
  id: string
  /** MLS group id in hex, as given at creation. */
  groupId: string
  /** Who created the conversation. Creators may lose their admin role or leave like anybody else. */
  creator: string
  /** Those who belong to the conversation now, one entry per device for users with registered devices, else one per user. */
  members: MemberView[]
  /** Current MLS epoch. It rises by one with each accepted commit and never falls. */
  epoch: number
  cipherSuite: CipherSuite
  /** When the conversation was created, cut down to full 2 seconds. */
  createdAt: string
  /** When the newest application message was stored, cut down to full 2 seconds. Commits and proposals do not count. Absent while there is none. */
  lastMessageAt?: string
  metadata?: ConvoMetadata
  /** How many application messages lie after the caller's read position, expired ones not counted. */
  unreadCount?: number
  /** seq of the newest entry of the log, 0 while there is none. A client whose own last seq is lower has entries to fetch with getMessages. */
  lastSeq?: number
}

const hashConvoView = 'convoView'

export function isConvoView<V>(v: V) {
  return is$typed(v, id, hashConvoView)
}

export function validateConvoView<V>(v: V) {
  return validate<ConvoView & V>(v, id, hashConvoView)
}

/** What a conversation is called. The server can read it: a client that wants a private name keeps it inside the group and leaves this out. */
export interface ConvoMetadata {
  $type?: 'blue.catbird.mls.defs#convoMetadata'
  /** Display name, at most 128 bytes of UTF-8. */
  name?: string
  /** What the conversation is about, at most 512 bytes of UTF-8. */
  description?: string
}

const hashConvoMetadata = 'convoMetadata'

export function isConvoMetadata<V>(v: V) {
  return is$typed(v, id, hashConvoMetadata)
}

export function validateConvoMetadata<V>(v: V) {
  return validate<ConvoMetadata & V>(v, id, hashConvoMetadata)
}

/** A member of a conversation: one device, or the whole user where no device was registered. Roles belong to users, so all devices of a user show the same one. */
export interface MemberView {
  $type?: 'blue.catbird.mls.defs#memberView'
  /** Identity in the MLS group: the device-qualified DID (user DID, a number sign, device UUID), or the bare user DID of a client that never registered a device. Device-qualified DIDs are not valid DIDs on their own: use `userDid` wherever one is asked for. */
  did: string
  /** The user this member belongs to. */
  userDid: string
  /** UUID of the registered device. Absent for a member that is a whole user. */
  deviceId?: string
  /** Name that the user gave the device, at most 128 bytes of UTF-8. */
  deviceName?: string
  /** When this member joined, or rejoined after leaving, cut down to full 2 seconds. */
  joinedAt: string
  /** Whether the user is an admin: may change roles, remove members and work on reports. */
  isAdmin: boolean
  /** When the user became admin by promotion. Absent for others and for the creator's first role. */
  promotedAt?: string
  /** The admin who promoted the user. */
  promotedBy?: string
  /** Position in the MLS ratchet tree, where the server knows it. The group state of the client is the authority. */
  leafIndex?: number
  /** MLS credential, where the server knows it. Verify it against the group state before trusting it. */
  credential?: Uint8Array
  /** Whether the user is a moderator: may remove members and see reports, not change roles. Absent means no. */
  isModerator?: boolean
}

const hashMemberView = 'memberView'

export function isMemberView<V>(v: V) {
  return is$typed(v, id, hashMemberView)
}

export function validateMemberView<V>(v: V) {
  return validate<MemberView & V>(v, id, hashMemberView)
}

/** One entry of a conversation's log. No sender is stored or shown: the sender is inside the ciphertext. Order by seq is order by epoch and seq: epoch never falls as seq rises. */
export interface MessageView {
  $type?: 'blue.catbird.mls.defs#messageView'
  /** The `msgId` that the sender chose, or an id made by the server for a commit. */
  id: string
  /** The conversation whose log this is. */
  convoId: string
  /** MLS message exactly as it was accepted, at most 10 MiB. */
  ciphertext: Uint8Array
  /** Epoch at which the message was made. For a commit this is the epoch that it ends: after it the group is one epoch further. */
  epoch: number
  /** Position in the log, from 1. Final once given and never used for another entry. Neighbours differ by one; a missing seq means that an entry was deleted or expired, never that one is still to come. */
  seq: number
  /** When the entry was stored, cut down to full 2 seconds. Order by seq, not by time. */
  createdAt: string
  /** What the MLS framing says: an application message, a proposal or a commit. Absent means `app`. Commits have to be applied in seq order, before later entries are decrypted. */
  messageType?: 'app' | 'proposal' | 'commit' | (string & {})
  embedType?: EmbedType
  /** Clear-text address of what the message embeds, at most 2048 bytes, when the sender chose to reveal it. Unverified. */
  embedUri?: string
  /** When the entry is due for deletion. From then on it is not returned any more. Absent when it is kept without limit. */
  expiresAt?: string
  /** Clear-text reactions to the message, oldest first. Absent when there are none. */
  reactions?: ReactionView[]
}

const hashMessageView = 'messageView'

export function isMessageView<V>(v: V) {
  return is$typed(v, id, hashMessageView)
}

export function validateMessageView<V>(v: V) {
  return validate<MessageView & V>(v, id, hashMessageView)
}

/** A published MLS key package, ready to be added to a group. It joins one group only, unless it is a last-resort key package (RFC 9420 section 16.8). */
export interface KeyPackageRef {
  $type?: 'blue.catbird.mls.defs#keyPackageRef'
  /** Whose key package it is: a device-qualified DID for a registered device, else the user DID. */
  did: string
  /** The key package as published, byte for byte, in base64url without padding. Bare or inside an MLSMessage, as its owner sent it. At most 65536 characters. */
  keyPackage: string
  cipherSuite: CipherSuite
  /** Lower-case hex SHA-256 of the published bytes. Name it in `keyPackageHashes` when the key package goes into a Welcome. */
  keyPackageHash?: string
  /** UUID of the registered device. Absent when the owner never registered it. */
  deviceId?: string
}

const hashKeyPackageRef = 'keyPackageRef'

export function isKeyPackageRef<V>(v: V) {
  return is$typed(v, id, hashKeyPackageRef)
}

export function validateKeyPackageRef<V>(v: V) {
  return validate<KeyPackageRef & V>(v, id, hashKeyPackageRef)
}

/** A reaction that somebody left on a message in clear text. Reactions that the server must not read travel inside messages. */
export interface ReactionView {
  $type?: 'blue.catbird.mls.defs#reactionView'
  /** The reaction: one grapheme, at most 64 bytes of UTF-8. */
  reaction: string
  /** The user who reacted. */
  did: string
  /** When, cut down to full 2 seconds. */
  createdAt: string
}

const hashReactionView = 'reactionView'

export function isReactionView<V>(v: V) {
  return is$typed(v, id, hashReactionView)
}

export function validateReactionView<V>(v: V) {
  return validate<ReactionView & V>(v, id, hashReactionView)
}

/** A stored blob: bytes that the client encrypted and the server cannot read. Its name is the hash of its content, so equal bytes have equal names. */
export interface BlobRef {
  $type?: 'blue.catbird.mls.defs#blobRef'
  /** CIDv1 (raw codec, SHA-256) of the stored bytes. Compare it with what was downloaded. */
  cid: string
  /** Media type that the uploader stated, usually that of encrypted data. Unverified. */
  mimeType: string
  /** Length in bytes. */
  size: number
  /** When the blob was stored, cut down to full 2 seconds. */
  createdAt: string
  /** The conversation whose members may read the blob. Absent when only its owner may. */
  convoId?: string
}

const hashBlobRef = 'blobRef'

export function isBlobRef<V>(v: V) {
  return is$typed(v, id, hashBlobRef)
}

export function validateBlobRef<V>(v: V) {
  return validate<BlobRef & V>(v, id, hashBlobRef)
}

/** MLS cipher suite by its RFC 9420 name (known: the six suites of RFC 9420 section 17.1). The set is open: a client must cope with names that it does not know, and not use those groups or key packages. */
export type CipherSuite =
  | 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519'
  | 'MLS_128_DHKEMP256_AES128GCM_SHA256_P256'
  | 'MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519'
  | 'MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448'
  | 'MLS_256_DHKEMP521_AES256GCM_SHA512_P521'
  | 'MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448'
  | (string & {})
/** Kind of thing that a message embeds: a Tenor animation, a web link or an AT Protocol record. An open set; at most 64 bytes. */
export type EmbedType = 'tenor' | 'link' | 'record' | (string & {})
