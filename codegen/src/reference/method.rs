//! The part of a page that tells of a method: what it does, takes and gives, its errors, and a request to copy.

use super::{
    data::Data,
    example::{Examples, Optional},
    fields::Fields,
    html::{Element, Html, el},
    snippets::{Payload, Request},
    text::code,
};
use crate::{
    model::{Body, Def, DefKind, ErrorDecl, Message, Params, SchemaKind},
    resolve::DefId,
};

/// What all kinds of methods have.
struct Method<'m> {
    verb: &'static str,
    parameters: Option<&'m Params>,
    input: Option<&'m Body>,
    output: Option<&'m Body>,
    message: Option<&'m Message>,
    errors: &'m [ErrorDecl],
}

/// An example of what a method takes and gives.
#[derive(Clone, Debug)]
pub struct Exchange<'a> {
    pub request: Request<'a>,
    /// The answer, or one event or message of a stream; none for bytes.
    pub answer: Option<Data>,
    /// The media type of the answer; none for a subscription or a method that declares no output.
    pub encoding: Option<&'a str>,
}

fn method(def: &Def) -> Option<Method<'_>> {
    Some(match &def.kind {
        DefKind::Query(query) => Method {
            verb: "GET",
            parameters: query.parameters.as_ref(),
            input: None,
            output: query.output.as_ref(),
            message: None,
            errors: &query.errors,
        },
        DefKind::Procedure(procedure) => Method {
            verb: "POST",
            parameters: procedure.parameters.as_ref(),
            input: procedure.input.as_ref(),
            output: procedure.output.as_ref(),
            message: None,
            errors: &procedure.errors,
        },
        DefKind::Subscription(subscription) => Method {
            verb: "WebSocket",
            parameters: subscription.parameters.as_ref(),
            input: None,
            output: None,
            message: subscription.message.as_ref(),
            errors: &subscription.errors,
        },
        _ => return None,
    })
}

/// The example of a method; none for other definitions.
pub fn exchange<'a>(examples: &Examples<'a>, id: &'a DefId, def: &'a Def) -> Option<Exchange<'a>> {
    let method = method(def)?;
    let params = method.parameters.map_or(Data::Object(vec![]), |params| examples.params(id, params));
    let payload = method.input.map(|body| match &body.schema {
        Some(schema) => Payload::Json(examples.schema(id, schema, Optional::Named)),
        None => Payload::File(media_type(&body.encoding.value)),
    });
    let schema = method.output.and_then(|body| body.schema.as_ref());
    let schema = schema.or(method.message.and_then(|message| message.schema.as_ref()));
    let answer = schema.map(|schema| examples.schema(id, schema, Optional::Shown));
    let encoding = method.output.map(|body| body.encoding.value.as_str());
    let request = Request {
        nsid: &id.nsid,
        post: method.verb == "POST",
        params,
        payload,
        events: encoding.is_some_and(is_events),
        binary: method.output.is_some_and(|body| body.schema.is_none()),
    };
    Some(Exchange { request, answer, encoding })
}

fn is_events(encoding: &str) -> bool {
    encoding.split(';').next() == Some("text/event-stream")
}

/// One type of what a pattern takes.
fn media_type(pattern: &str) -> String {
    match pattern {
        "*/*" => "application/octet-stream".into(),
        "image/*" => "image/png".into(),
        pattern => pattern.replace('*', "example"),
    }
}

impl Fields<'_, '_> {
    /// The line with verb and path.
    pub fn endpoint(self, def: &Def) -> Html {
        let Some(method) = method(def) else {
            return Html::default();
        };
        let verb = el("span").class("verb").add(method.verb);
        el("p").class("endpoint").add(verb).add(" ").add(code(&format!("/xrpc/{}", self.nsid))).into()
    }

    /// Parameters, input, output and errors.
    pub fn method(self, id: &DefId, def: &Def) -> Html {
        let Some(method) = method(def) else {
            return Html::default();
        };
        let parameters = method.parameters.filter(|params| !params.properties.is_empty()).map(|params| {
            let lead = self.paragraphs(params.description.as_deref());
            section("parameters", "Parameters").add(lead).add(self.params(params, "Parameters"))
        });
        Html::default()
            .add(parameters)
            .add(method.input.map(|body| self.body("input", "Input", id, body)))
            .add(method.output.map(|body| self.body("output", "Output", id, body)))
            .add(method.message.map(|message| self.messages(message)))
            .add(self.failures(method.errors))
    }

    fn body(self, prefix: &str, title: &str, id: &DefId, body: &Body) -> Element {
        let section = section(prefix, title).add(self.paragraphs(body.description.as_deref()));
        let encoding = el("p").class("encoding").add(code(&body.encoding.value));
        let Some(schema) = &body.schema else {
            let what = if body.encoding.value == "*/*" { " – bytes of any media type" } else { " – bytes" };
            return section.add(encoding.add(what));
        };
        let each = if is_events(&body.encoding.value) { " – a stream of Server-Sent Events, each " } else { " – " };
        match &schema.kind {
            SchemaKind::Object(object) => {
                let label = format!("{title} of {}", super::site::short(id));
                section.add(encoding.add(each).add("an object")).add(self.object(object, prefix, &label))
            }
            _ => section.add(encoding.add(each).add(self.kind(schema))).add(self.bounds(schema)),
        }
    }

    fn messages(self, message: &Message) -> Element {
        let kind = message.schema.as_ref().map(|schema| self.kind(schema));
        section("messages", "Messages")
            .add(self.paragraphs(message.description.as_deref()))
            .add(el("p").class("encoding").add(code("application/vnd.ipld.dag-cbor")).add(" – ").add(kind))
    }

    fn failures(self, errors: &[ErrorDecl]) -> Element {
        let section = section("errors", "Errors");
        let section = match errors.is_empty() {
            true => section.add(el("p").add("It declares none of its own.")),
            false => section.add(self.errors(errors)),
        };
        let general = self.site.errors().map(|href| {
            let link = el("a").with("href", &href).add("those that any method may give");
            el("p").class("note").add("Beside these, ").add(link).add(".")
        });
        section.add(general)
    }

    /// The request to copy and its answer.
    pub fn exchange(self, exchange: &Exchange<'_>) -> Html {
        let Exchange { request, answer, encoding } = exchange;
        let (settings, socket) = (&self.site.settings, encoding.is_none() && answer.is_some());
        let requests = match socket {
            true => snippet("TypeScript", "ts", &request.web_socket(settings)).into(),
            false => Html::from(snippet("curl", "sh", &request.curl(settings))).add(snippet(
                "TypeScript",
                "ts",
                &request.typescript(settings),
            )),
        };
        let (title, language, text) = match (answer, socket) {
            (Some(answer), true) => ("Message", "json", answer.json()),
            (Some(answer), false) if request.events => ("Data of an event", "json", answer.json()),
            (Some(answer), false) => ("Response", "json", answer.json()),
            (None, _) if request.binary => ("Response", "text", "the bytes".into()),
            (None, _) => ("Response", "text", "200, without a body".into()),
        };
        let label = "Example request and response";
        el("aside")
            .class("example")
            .with("aria-label", label)
            .add(el("h2").class("unseen").add(label))
            .add(el("div").class("tabs").add(requests))
            .add(snippet(title, language, &text))
            .into()
    }
}

/// A part of a page under a heading that can be linked to.
pub fn section(id: &str, title: &str) -> Element {
    let link = el("a").class("anchor").with("href", &format!("#{id}")).add(title);
    el("section").id(id).add(el("h2").add(link))
}

/// Code with a title.
pub fn snippet(title: &str, language: &str, text: &str) -> Element {
    let pre = el("pre").with("tabindex", "0").with("data-language", language).add(el("code").add(text));
    el("div").class("snippet").with("data-title", title).add(el("h3").add(title)).add(pre)
}
