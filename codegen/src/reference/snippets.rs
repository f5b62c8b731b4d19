//! Requests as one would type them: curl for a shell, TypeScript for the client that the official lex-cli generates.

use super::{data::Data, settings::Settings, site::last};

/// The body of an example request.
#[derive(Clone, Debug)]
pub enum Payload {
    /// JSON.
    Json(Data),
    /// Bytes of this media type, from a file.
    File(String),
}

/// An example request.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    pub nsid: &'a str,
    pub post: bool,
    /// An object, empty for a request without parameters.
    pub params: Data,
    pub payload: Option<Payload>,
    /// Whether the answer is a stream of events.
    pub events: bool,
    /// Whether the answer is bytes, better kept in a file.
    pub binary: bool,
}

impl Request<'_> {
    /// For a shell with curl.
    pub fn curl(&self, settings: &Settings) -> String {
        let mut command = vec!["curl".to_owned()];
        command.extend(self.events.then(|| "-N".to_owned()));
        let query = self.query();
        let get = !self.post && !query.is_empty();
        command.extend(get.then(|| "-G".to_owned()));
        command.extend((self.post && self.payload.is_none()).then(|| "-X POST".to_owned()));
        let address = format!("{}/xrpc/{}", settings.server, self.nsid);
        command.push(match self.post && !query.is_empty() {
            true => format!("'{address}{}'", self.query_string()),
            false => address,
        });
        let mut lines = vec![command.join(" ")];
        lines.extend(settings.headers.iter().map(|(name, value)| format!("-H \"{name}: {value}\"")));
        if get {
            lines.extend(query.iter().map(|(name, value)| {
                let encode = if percent(value) == *value { "-d" } else { "--data-urlencode" };
                format!("{encode} {}", shell(&format!("{name}={value}")))
            }));
        }
        match &self.payload {
            Some(Payload::Json(body)) => {
                lines.push("-H \"Content-Type: application/json\"".into());
                lines.push(format!("-d {}", shell(&body.json())));
            }
            Some(Payload::File(media)) => {
                lines.push(format!("-H \"Content-Type: {media}\""));
                lines.push("--data-binary @file".into());
            }
            None => {}
        }
        lines.extend(self.binary.then(|| "-o file".to_owned()));
        lines.join(" \\\n  ")
    }

    /// For the generated client.
    pub fn typescript(&self, settings: &Settings) -> String {
        if self.events {
            return self.typescript_events(settings);
        }
        let params = (!self.query().is_empty()).then(|| self.params.typescript());
        let mut arguments = match &self.payload {
            Some(Payload::Json(body)) => vec![body.typescript()],
            Some(Payload::File(_)) => vec!["bytes".into()],
            None if self.post && params.is_some() => vec!["undefined".into()],
            None if self.post => vec![],
            None => params.iter().cloned().collect(),
        };
        let mut options = Vec::new();
        if let (true, Some(params)) = (self.post, params) {
            options.push(format!("qp: {params}"));
        }
        if let Some(Payload::File(media)) = &self.payload {
            options.push(format!("encoding: '{media}'"));
        }
        if !options.is_empty() {
            arguments.push(format!("{{ {} }}", options.join(", ")));
        }
        format!("const {{ data }} = await client.{}({})", member(self.nsid), arguments.join(", "))
    }

    /// The generated client reads answers whole: a stream is read from the response itself.
    fn typescript_events(&self, settings: &Settings) -> String {
        let headers = settings.headers.iter().map(|(name, value)| format!("{name}: {}", template(value)));
        let headers = headers.collect::<Vec<_>>().join(", ");
        let options = if headers.is_empty() { headers } else { format!(", {{\n  headers: {{ {headers} }}\n}}") };
        format!(
            "const response = await fetch('{}/xrpc/{}{}'{options})\n\
             const text = response.body!.pipeThrough(new TextDecoderStream())\n\
             for await (const part of text) console.log(part)",
            settings.server,
            self.nsid,
            self.query_string(),
        )
    }

    /// For a WebSocket.
    pub fn web_socket(&self, settings: &Settings) -> String {
        let query = self.query_string();
        let server = settings.server.replacen("http", "ws", 1);
        format!(
            "const socket = new WebSocket('{server}/xrpc/{}{query}')\n\
             socket.binaryType = 'arraybuffer'\n\
             socket.onmessage = ({{ data }}) => {{\n  \
               const frame = new Uint8Array(data) // two DAG-CBOR objects: a header and a message\n\
             }}",
            self.nsid
        )
    }

    /// The query with its question mark; nothing when there are no parameters.
    fn query_string(&self) -> String {
        let query = self.query();
        let pairs: Vec<_> = query.iter().map(|(name, value)| format!("{name}={}", percent(value))).collect();
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }

    /// Parameters as names and values, lists as repeated names.
    pub fn query(&self) -> Vec<(String, String)> {
        let Data::Object(fields) = &self.params else {
            return Vec::new();
        };
        let text = |value: &Data| match value {
            Data::String(text) => text.clone(),
            other => other.json(),
        };
        let mut query = Vec::new();
        for (name, value) in fields {
            match value {
                Data::Array(items) => query.extend(items.iter().map(|item| (name.clone(), text(item)))),
                value => query.push((name.clone(), text(value))),
            }
        }
        query
    }
}

/// Text for a shell as a template of TypeScript: `$TOKEN` as `${token}`.
fn template(text: &str) -> String {
    let mut parts = text.split('$');
    let mut written = parts.next().unwrap_or_default().to_owned();
    let plain = parts.clone().next().is_none();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(part.len());
        written.push_str(&format!("${{{}}}{}", part[..end].to_lowercase(), &part[end..]));
    }
    if plain { format!("'{written}'") } else { format!("`{written}`") }
}

/// The member of the client that calls a method: namespaces in camel case.
fn member(nsid: &str) -> String {
    let mut path: Vec<String> = nsid.split('.').map(camel).collect();
    path.pop();
    path.push(last(nsid).to_owned());
    path.join(".")
}

fn camel(segment: &str) -> String {
    let mut words = segment.split('-');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| {
        let mut chars = word.chars();
        let head: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
        text + &head + chars.as_str()
    })
}

/// A word of a shell: bare when nothing in it means anything there, else quoted.
fn shell(text: &str) -> String {
    let bare = text.chars().all(|c| c.is_ascii_alphanumeric() || "_-.,:=/@%+".contains(c));
    if bare && !text.is_empty() { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// Percent-encoded for a query, colons left as they are: DIDs are easier to read so.
fn percent(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b':' => {
                encoded.push(char::from(byte))
            }
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(post: bool, params: &str, payload: Option<Payload>) -> Request<'static> {
        let params = Data::parse(params).unwrap();
        Request { nsid: "com.my-site.doThing", post, params, payload, events: false, binary: false }
    }

    fn settings() -> Settings {
        Settings { headers: vec![("Authorization".into(), "Bearer $TOKEN".into())], ..Settings::default() }
    }

    #[test]
    fn a_query() {
        let request = request(false, r#"{"dids": ["did:a:b", "did:c:d"], "text": "it's & more"}"#, None);
        insta::assert_snapshot!(request.curl(&settings()), @r#"
        curl -G https://example.com/xrpc/com.my-site.doThing \
          -H "Authorization: Bearer $TOKEN" \
          -d dids=did:a:b \
          -d dids=did:c:d \
          --data-urlencode 'text=it'\''s & more'
        "#);
        insta::assert_snapshot!(request.typescript(&settings()), @r"
        const { data } = await client.com.mySite.doThing({
          dids: ['did:a:b', 'did:c:d'],
          text: 'it\'s & more'
        })
        ");
    }

    #[test]
    fn a_procedure_with_parameters_and_bytes() {
        let request = request(true, r#"{"n": 1, "a": "x y"}"#, Some(Payload::File("image/png".into())));
        insta::assert_snapshot!(request.curl(&settings()), @r#"
        curl 'https://example.com/xrpc/com.my-site.doThing?n=1&a=x%20y' \
          -H "Authorization: Bearer $TOKEN" \
          -H "Content-Type: image/png" \
          --data-binary @file
        "#);
        insta::assert_snapshot!(request.typescript(&settings()), @r"
        const { data } = await client.com.mySite.doThing(bytes, { qp: {
          n: 1,
          a: 'x y'
        }, encoding: 'image/png' })
        ");
    }

    #[test]
    fn a_stream_of_events() {
        let request = Request { events: true, ..request(false, r#"{"cursor": "a b"}"#, None) };
        assert!(request.curl(&settings()).starts_with("curl -N -G https://"));
        insta::assert_snapshot!(request.typescript(&settings()), @r"
        const response = await fetch('https://example.com/xrpc/com.my-site.doThing?cursor=a%20b', {
          headers: { Authorization: `Bearer ${token}` }
        })
        const text = response.body!.pipeThrough(new TextDecoderStream())
        for await (const part of text) console.log(part)
        ");
    }

    #[test]
    fn a_procedure_with_nothing() {
        let request = request(true, "{}", None);
        assert!(request.curl(&Settings::default()).starts_with("curl -X POST https://"));
        assert_eq!(request.typescript(&settings()), "const { data } = await client.com.mySite.doThing()");
    }
}
