//! Requests made by hand, for what no generated client would send. Every success that comes back is held against the
//! lexicon.

use atrium_api::types::string::Did;
use catbird_lexicon::blue::catbird::mls::{self as api, METHODS};
use lexicon_runtime::{
    codegen::serde::{Serialize, de::DeserializeOwned},
    service::{MethodInfo, MethodKind},
    validate::{Path, Validate},
};
use reqwest::{
    Body, Method, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use serde_json::Value;
use tokio::time::timeout;

use crate::{PATIENCE, server::TestServer};

/// What the names of all methods begin with.
const NAMESPACE: &str = "blue.catbird.mls.";

/// What a client sends who wants a WebSocket.
const UPGRADE: [(&str, &str); 4] = [
    ("connection", "upgrade"),
    ("upgrade", "websocket"),
    ("sec-websocket-version", "13"),
    ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
];

/// A request in the making.
pub struct Call<'a> {
    server: &'a TestServer,
    nsid: &'static str,
    verb: Method,
    token: Option<String>,
    query: String,
    headers: HeaderMap,
    body: Option<Body>,
}

/// What came back, whole.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl TestServer {
    /// A request to a method by its short name, with the HTTP method that its lexicon asks for, and no token.
    pub fn call(&self, name: &str) -> Call<'_> {
        let method = method(name);
        let verb = if method.kind == MethodKind::Procedure { Method::POST } else { Method::GET };
        let (query, mut headers) = (String::new(), HeaderMap::new());
        if method.kind == MethodKind::Subscription {
            for (name, value) in UPGRADE {
                headers.insert(name, HeaderValue::from_static(value));
            }
        }
        Call { server: self, nsid: method.nsid, verb, token: None, query, headers, body: None }
    }

    /// A request to any address of the server.
    pub async fn fetch(&self, verb: Method, path: &str, headers: &[(HeaderName, &str)]) -> Answer {
        let mut request = self.http.request(verb, format!("{}{path}", self.url()));
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        Answer::of(request.send().await.expect("the server answers")).await
    }
}

/// What the lexicon says about a method, by its short name.
pub fn method(name: &str) -> &'static MethodInfo {
    let found = METHODS.iter().find(|method| short(method) == name);
    found.unwrap_or_else(|| panic!("there is no method {name}"))
}

/// The short name of a method.
pub fn short(method: &MethodInfo) -> &'static str {
    method.nsid.strip_prefix(NAMESPACE).expect("all methods are in one namespace")
}

impl Call<'_> {
    /// Brings a good development token of this user.
    pub fn by(self, caller: &Did) -> Self {
        let token = self.server.token(caller, self.nsid);
        self.token(token)
    }

    /// Brings this token.
    pub fn token(self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self }
    }

    /// Uses another HTTP method.
    pub fn verb(self, verb: Method) -> Self {
        Self { verb, ..self }
    }

    /// The query string, as it stands behind `?`.
    pub fn query(self, query: impl Into<String>) -> Self {
        Self { query: query.into(), ..self }
    }

    /// A header. It replaces one of the same name.
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.insert(name, HeaderValue::from_str(value).expect("headers in tests are text"));
        self
    }

    /// A body of the content type that methods take.
    pub fn json(self, body: impl Into<Body>) -> Self {
        self.header(CONTENT_TYPE, "application/json").body(body)
    }

    /// A body without a content type.
    pub fn body(self, body: impl Into<Body>) -> Self {
        Self { body: Some(body.into()), ..self }
    }

    /// An input as JSON.
    pub fn input(self, input: &impl Serialize) -> Self {
        self.json(serde_json::to_vec(input).expect("inputs can be written"))
    }

    /// Sends the request and reads the whole answer.
    ///
    /// # Panics
    /// When there is none, or it is a success that the method's lexicon does not allow.
    pub async fn send(self) -> Answer {
        let nsid = self.nsid;
        let answer = Answer::of(self.begin().await).await;
        // Compressed ones are for the tests that asked for them.
        if answer.status == 200 && !answer.headers.contains_key("content-encoding") {
            check_output(nsid, &answer.body);
        }
        answer
    }

    /// Sends the request and reads the answer as far as it ends by itself: of a stream that was opened, nothing.
    pub async fn send_briefly(self) -> Answer {
        let is_stream = method(self.nsid.trim_start_matches(NAMESPACE)).output != Some("application/json");
        if !is_stream {
            return self.send().await;
        }
        let response = self.begin().await;
        let is_open = response.status().is_success() || response.status() == StatusCode::SWITCHING_PROTOCOLS;
        if !is_open {
            return Answer::of(response).await;
        }
        Answer { status: 200, headers: response.headers().clone(), body: Vec::new() }
    }

    async fn begin(self) -> reqwest::Response {
        let Self { server, nsid, verb, token, query, headers, body } = self;
        let question = if query.is_empty() { "" } else { "?" };
        let mut request =
            server.http.request(verb, format!("{}/xrpc/{nsid}{question}{query}", server.url())).headers(headers);
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        timeout(PATIENCE, request.send()).await.expect("the server answers in time").expect("the server answers")
    }
}

impl Answer {
    async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        // A stream that was opened by mistake has no end.
        let body = timeout(PATIENCE, response.bytes()).await.expect("the answer ends");
        Self { status, headers, body: body.expect("the answer arrives whole").to_vec() }
    }

    /// The body as JSON.
    pub fn value(&self) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{}: {text:?}: {error}", self.status))
    }

    /// A header that must be there.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.headers));
        value.to_str().expect("headers are text")
    }

    /// The output of a call that must have succeeded.
    pub fn output(&self) -> Value {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        self.value()
    }

    /// The message of a refusal, which must have this status and name, and the form that all refusals have.
    pub fn refused(&self, status: u16, name: &str) -> String {
        let body = self.value();
        assert_eq!((self.status, body["error"].as_str()), (status, Some(name)), "{body}");
        assert_eq!(self.header("content-type"), "application/json");
        let fields = body.as_object().expect("a refusal is an object");
        assert_eq!(fields.len(), 2, "a refusal has a name and a message and nothing else: {body}");
        let message = fields["message"].as_str().expect("the message is text");
        assert!(!message.is_empty(), "{name} comes without a message");
        message.to_owned()
    }
}

/// Holds the body of a success against the lexicon of its method.
///
/// # Panics
/// When the lexicon does not allow it, or the method is not known here.
pub fn check_output(nsid: &str, body: &[u8]) {
    match nsid.strip_prefix(NAMESPACE) {
        Some("addMembers") => read::<api::add_members::Output>(body),
        Some("addReaction") => read::<api::add_reaction::Output>(body),
        Some("checkBlocks") => read::<api::check_blocks::Output>(body),
        Some("claimPendingDeviceAddition") => read::<api::claim_pending_device_addition::Output>(body),
        Some("completePendingDeviceAddition") => read::<api::complete_pending_device_addition::Output>(body),
        Some("confirmWelcome") => read::<api::confirm_welcome::Output>(body),
        Some("createConvo") => read::<api::create_convo::Output>(body),
        Some("deleteDevice") => read::<api::delete_device::Output>(body),
        Some("demoteAdmin") => read::<api::demote_admin::Output>(body),
        Some("demoteModerator") => read::<api::demote_moderator::Output>(body),
        Some("getAdminStats") => read::<api::get_admin_stats::Output>(body),
        Some("getBlockStatus") => read::<api::get_block_status::Output>(body),
        Some("getCommits") => read::<api::get_commits::Output>(body),
        Some("getConvos") => read::<api::get_convos::Output>(body),
        Some("getEpoch") => read::<api::get_epoch::Output>(body),
        Some("getKeyPackageHistory") => read::<api::get_key_package_history::Output>(body),
        Some("getExpectedConversations") => read::<api::get_expected_conversations::Output>(body),
        Some("getGroupInfo") => read::<api::get_group_info::Output>(body),
        Some("getKeyPackageStats") => read::<api::get_key_package_stats::Output>(body),
        Some("getKeyPackageStatus") => read::<api::get_key_package_status::Output>(body),
        Some("getKeyPackages") => read::<api::get_key_packages::Output>(body),
        Some("getMessage") => read::<api::get_message::Output>(body),
        Some("getMessages") => read::<api::get_messages::Output>(body),
        Some("getPendingDeviceAdditions") => read::<api::get_pending_device_additions::Output>(body),
        Some("getPendingMessages") => read::<api::get_pending_messages::Output>(body),
        Some("getPolicy") => read::<api::get_policy::Output>(body),
        Some("getReports") => read::<api::get_reports::Output>(body),
        Some("getSubscriptionTicket") => read::<api::get_subscription_ticket::Output>(body),
        Some("getWelcome") => read::<api::get_welcome::Output>(body),
        Some("groupInfoRefresh") => read::<api::group_info_refresh::Output>(body),
        Some("handleBlockChange") => read::<api::handle_block_change::Output>(body),
        Some("invalidateWelcome") => read::<api::invalidate_welcome::Output>(body),
        Some("leaveConvo") => read::<api::leave_convo::Output>(body),
        Some("listDevices") => read::<api::list_devices::Output>(body),
        Some("processExternalCommit") => read::<api::process_external_commit::Output>(body),
        Some("promoteAdmin") => read::<api::promote_admin::Output>(body),
        Some("promoteModerator") => read::<api::promote_moderator::Output>(body),
        Some("publishKeyPackage") => read::<api::publish_key_package::Output>(body),
        Some("publishKeyPackages") => read::<api::publish_key_packages::Output>(body),
        Some("readdition") => read::<api::readdition::Output>(body),
        Some("registerDevice") => read::<api::register_device::Output>(body),
        Some("removeMember") => read::<api::remove_member::Output>(body),
        Some("removeReaction") => read::<api::remove_reaction::Output>(body),
        Some("reportMember") => read::<api::report_member::Output>(body),
        Some("resolveReport") => read::<api::resolve_report::Output>(body),
        Some("requestRejoin") => read::<api::request_rejoin::Output>(body),
        Some("sendMessage") => read::<api::send_message::Output>(body),
        Some("sendTypingIndicator") => read::<api::send_typing_indicator::Output>(body),
        Some("streamConvoEvents") => read::<api::stream_convo_events::Output>(body),
        Some("submitCommit") => read::<api::submit_commit::Output>(body),
        Some("subscribeConvoEvents") => read::<api::subscribe_convo_events::Message>(body),
        Some("syncKeyPackages") => read::<api::sync_key_packages::Output>(body),
        Some("updateCursor") => read::<api::update_cursor::Output>(body),
        Some("updateGroupInfo") => read::<api::update_group_info::Output>(body),
        Some("updatePolicy") => read::<api::update_policy::Output>(body),
        Some("updateRead") => read::<api::update_read::Output>(body),
        Some("validateDeviceState") => read::<api::validate_device_state::Output>(body),
        Some("validateWelcome") => read::<api::validate_welcome::Output>(body),
        Some("warnMember") => read::<api::warn_member::Output>(body),
        _ => panic!("what {nsid} gives is not known here"),
    }
}

fn read<T: DeserializeOwned + Validate>(body: &[u8]) {
    let output: T = serde_json::from_slice(body).expect("the answer is of the type that the lexicon declares");
    output.validate(Path::OUTPUT).expect("the answer keeps the limits that the lexicon sets");
}
