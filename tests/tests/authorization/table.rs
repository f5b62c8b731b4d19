//! What each kind of caller gets from each method: one line per method, by name.

/// A success. A stream is one as soon as it begins.
pub const OK: &str = "ok";

const NO_TOKEN: &str = "AuthenticationRequired";
const OUTSIDE: &str = "NotMember";
const NOT_ADMIN: &str = "NotAdmin";

/// For each method the outcome of its ordinary request (`errors/requests.rs`) by each kind of caller.
///
/// The conversation has an admin, a moderator, a member who calls, a member whom the request is about, and a former
/// member who was there for all of its log. The stranger and the operator of the server were never in it.
#[rustfmt::skip]
pub const TABLE: &[(&str, [&str; 7])] = &[
    //                       anonymous stranger            former            member           moderator        admin         operator
    ("addMembers",          [NO_TOKEN, OUTSIDE,            OUTSIDE,          OK,              OK,              OK,           OUTSIDE]),
    ("addReaction",         [NO_TOKEN, OUTSIDE,            OUTSIDE,          OK,              OK,              OK,           OUTSIDE]),
    ("checkBlocks",         [NO_TOKEN, OK,                 OK,               OK,              OK,              OK,           OK]),
    ("claimPendingDeviceAddition",[NO_TOKEN, OUTSIDE,            OUTSIDE,          OK,              OK,              OK,           OUTSIDE]),
    // Nobody has claimed it.
    ("completePendingDeviceAddition",[NO_TOKEN, "NotClaimed",       "NotClaimed",     "NotClaimed",    "NotClaimed",    "NotClaimed", "NotClaimed"]),
    ("confirmWelcome",      [NO_TOKEN, OUTSIDE,            OUTSIDE,          OK,              OK,              OK,           OUTSIDE]),
    // Anybody may create a conversation. This groupId is taken.
    ("createConvo",         [NO_TOKEN, "ConvoAlreadyExists", "ConvoAlreadyExists", "ConvoAlreadyExists", "ConvoAlreadyExists", "ConvoAlreadyExists", "ConvoAlreadyExists"]),
    // It is somebody else's.
    ("deleteDevice",        [NO_TOKEN, "Unauthorized",     "Unauthorized",   "Unauthorized",  "Unauthorized",  "Unauthorized","Unauthorized"]),
    ("demoteAdmin",         [NO_TOKEN, OUTSIDE,            OUTSIDE,          NOT_ADMIN,       NOT_ADMIN,       OK,           OUTSIDE]),
    ("demoteModerator",     [NO_TOKEN, OUTSIDE,            OUTSIDE,          NOT_ADMIN,       NOT_ADMIN,       OK,           OUTSIDE]),
    // Of one conversation. Operators may ask for sums over all of them.
    ("getAdminStats",       [NO_TOKEN, "NotAuthorized",    "NotAuthorized",  "NotAuthorized", "NotAuthorized", OK,           "NotAuthorized"]),
    ("getBlockStatus",      [NO_TOKEN, OUTSIDE,            OUTSIDE,          NOT_ADMIN,       OK,              OK,           OUTSIDE]),
    ("getCommits",          [NO_TOKEN, OUTSIDE,            OK,               OK,              OK,              OK,           OUTSIDE]),
    ("getConvos",           [NO_TOKEN, OK,                 OK,               OK,              OK,              OK,           OK]),
    ("getEpoch",            [NO_TOKEN, OUTSIDE,            OUTSIDE,          OK,              OK,              OK,           OUTSIDE]),
    ("getExpectedConversations",[NO_TOKEN, OK,                 OK,               OK,              OK,              OK,           OK]),
    ("getGroupInfo",        [NO_TOKEN, "Unauthorized",     "Unauthorized",   OK,              OK,              OK,           "Unauthorized"]),
    ("getKeyPackageHistory",[NO_TOKEN, OK,                 OK,               OK,              OK,              OK,           OK]),
    ("getKeyPackageStats",  [NO_TOKEN, OK,                 OK,               OK,              OK,              OK,           OK]),
    ("getKeyPackageStatus", [NO_TOKEN, OK,                 OK,               OK,              OK,              OK,           OK]),
    ("getKeyPackages",      [NO_TOKEN, OK,                 OK,               OK,              OK,              OK,           OK]),
    // Whether the message exists is none of a stranger's business.
    ("getMessage",          [NO_TOKEN, "MessageNotFound",  OK,               OK,              OK,              OK,           "MessageNotFound"]),
    ("getMessages",         [NO_TOKEN, OUTSIDE,            OK,               OK,              OK,              OK,           OUTSIDE]),
    ("getPendingDeviceAdditions",[NO_TOKEN, "Unauthorized",     "Unauthorized",   OK,              OK,              OK,           "Unauthorized"]),
    ("getPendingMessages",  [NO_TOKEN, OK,                 OK,               OK,              OK,              OK,           OK]),
    ("getPolicy",           [NO_TOKEN, OUTSIDE,            OUTSIDE,          OK,              OK,              OK,           OUTSIDE]),
    ("getReports",          [NO_TOKEN, NOT_ADMIN,          NOT_ADMIN,        NOT_ADMIN,       OK,              OK,           NOT_ADMIN]),
    ("getSubscriptionTicket",[NO_TOKEN, OUTSIDE,            OUTSIDE,          OK,              OK,              OK,           OUTSIDE]),
    // None waits.
    ("getWelcome",          [NO_TOKEN, OUTSIDE,            OUTSIDE,          "WelcomeNotFound", "WelcomeNotFound", "WelcomeNotFound", OUTSIDE]),
    ("groupInfoRefresh",    [NO_TOKEN, "Unauthorized",     "Unauthorized",   OK,              OK,              OK,           "Unauthorized"]),
    ("handleBlockChange",   [NO_TOKEN, OK,                 OK,               OK,              OK,              OK,           OK]),
    // None was given out.
    ("invalidateWelcome",   [NO_TOKEN, "Unauthorized",     "Unauthorized",   "NotFound",      "NotFound",      "NotFound",   "Unauthorized"]),
    // The only admin can't leave.
    ("leaveConvo",          [NO_TOKEN, OUTSIDE,            OUTSIDE,          OK,              OK,              "LastMember", OUTSIDE]),
    ("listDevices",         [NO_TOKEN, OK,                 OK,               OK,              OK,              OK,           OK]),
    ("processExternalCommit",[NO_TOKEN, "Unauthorized",     "Unauthorized",   OK,              OK,              OK,           "Unauthorized"]),
    ("promoteAdmin",        [NO_TOKEN, OUTSIDE,            OUTSIDE,          NOT_ADMIN,       NOT_ADMIN,       OK,           OUTSIDE]),
    ("promoteModerator",    [NO_TOKEN, OUTSIDE,            OUTSIDE,          NOT_ADMIN,       NOT_ADMIN,       OK,           OUTSIDE]),
    ("publishKeyPackage",   [NO_TOKEN, OK,                 OK,               OK,              OK,              OK,           OK]),
    ("publishKeyPackages",  [NO_TOKEN, OK,                 OK,               OK,              OK,              OK,           OK]),
    ("readdition",          [NO_TOKEN, "Unauthorized",     "Unauthorized",   OK,              OK,              OK,           "Unauthorized"]),
    ("registerDevice",      [NO_TOKEN, OK,                 OK,               OK,              OK,              OK,           OK]),
    ("removeMember",        [NO_TOKEN, OUTSIDE,            OUTSIDE,          NOT_ADMIN,       OK,              OK,           OUTSIDE]),
    ("removeReaction",      [NO_TOKEN, OUTSIDE,            OUTSIDE,          OK,              OK,              OK,           OUTSIDE]),
    ("reportMember",        [NO_TOKEN, OUTSIDE,            OUTSIDE,          OK,              OK,              OK,           OUTSIDE]),
    ("requestRejoin",       [NO_TOKEN, "ConvoNotFound",    "ConvoNotFound",  OK,              OK,              OK,           "ConvoNotFound"]),
    // Nor is it whether the report exists.
    ("resolveReport",       [NO_TOKEN, "ReportNotFound",   "ReportNotFound", NOT_ADMIN,       NOT_ADMIN,       OK,           "ReportNotFound"]),
    ("sendMessage",         [NO_TOKEN, OUTSIDE,            OUTSIDE,          OK,              OK,              OK,           OUTSIDE]),
    ("sendTypingIndicator", [NO_TOKEN, OUTSIDE,            OUTSIDE,          OK,              OK,              OK,           OUTSIDE]),
    ("streamConvoEvents",   [NO_TOKEN, OUTSIDE,            OUTSIDE,          OK,              OK,              OK,           OUTSIDE]),
    ("submitCommit",        [NO_TOKEN, OUTSIDE,            OUTSIDE,          OK,              OK,              OK,           OUTSIDE]),
    ("subscribeConvoEvents",[NO_TOKEN, OUTSIDE,            OUTSIDE,          OK,              OK,              OK,           OUTSIDE]),
    ("syncKeyPackages",     [NO_TOKEN, OK,                 OK,               OK,              OK,              OK,           OK]),
    ("updateCursor",        [NO_TOKEN, OUTSIDE,            OUTSIDE,          OK,              OK,              OK,           OUTSIDE]),
    // Whoever brings it must have signed it: here the admin.
    ("updateGroupInfo",     [NO_TOKEN, "Unauthorized",     "Unauthorized",   "InvalidGroupInfo","InvalidGroupInfo",OK,           "Unauthorized"]),
    ("updatePolicy",        [NO_TOKEN, OUTSIDE,            OUTSIDE,          "Unauthorized",  "Unauthorized",  OK,           OUTSIDE]),
    ("updateRead",          [NO_TOKEN, OUTSIDE,            OUTSIDE,          OK,              OK,              OK,           OUTSIDE]),
    ("validateDeviceState", [NO_TOKEN, OK,                 OK,               OK,              OK,              OK,           OK]),
    // It is for a member's device alone.
    ("validateWelcome",     [NO_TOKEN, "RecipientMismatch","RecipientMismatch","RecipientMismatch","RecipientMismatch","RecipientMismatch","RecipientMismatch"]),
    ("warnMember",          [NO_TOKEN, NOT_ADMIN,          NOT_ADMIN,        NOT_ADMIN,       NOT_ADMIN,       OK,           NOT_ADMIN]),
];
