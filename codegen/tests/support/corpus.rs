//! A corpus of lexicons in the style of public ones: sixteen applications, each with records, views, queries that page,
//! procedures, a stream and permissions. Written here, and the same in every run.

use lexicon_codegen::json::Json;

use crate::edit::{Edit, Set};

/// An application: its domain, what people keep in it, and what one of those is made of.
struct App {
    authority: &'static str,
    thing: &'static str,
    text: &'static str,
    count: &'static str,
    states: [&'static str; 3],
}

const fn app(
    authority: &'static str,
    thing: &'static str,
    text: &'static str,
    count: &'static str,
    states: [&'static str; 3],
) -> App {
    App { authority, thing, text, count, states }
}

const APPS: [App; 16] = [
    app("org.shelf", "book", "review", "pages", ["wanted", "reading", "read"]),
    app("com.pantry.kitchen", "recipe", "method", "servings", ["draft", "tested", "loved"]),
    app("net.allotment", "bed", "notes", "plants", ["fallow", "sown", "harvested"]),
    app("org.branchline", "train", "remarks", "carriages", ["early", "onTime", "late"]),
    app("social.choir", "song", "lyrics", "voices", ["new", "rehearsed", "sung"]),
    app("io.trailhead.walks", "walk", "directions", "metres", ["easy", "steady", "hard"]),
    app("com.darkroom", "photo", "caption", "likes", ["raw", "edited", "printed"]),
    app("org.parish.council", "motion", "wording", "votes", ["open", "carried", "lost"]),
    app("net.birdlog", "sighting", "remarks", "birds", ["heard", "seen", "ringed"]),
    app("com.workbench.tools", "tool", "manual", "loans", ["free", "lent", "broken"]),
    app("social.chess.club", "game", "moves", "plies", ["waiting", "running", "over"]),
    app("org.weatherpost", "reading", "remarks", "minutes", ["raw", "checked", "final"]),
    app("io.letterbox", "letter", "content", "replies", ["unread", "read", "kept"]),
    app("com.harvest.market", "stall", "offer", "crates", ["closed", "open", "soldOut"]),
    app("net.rowing", "outing", "report", "strokes", ["planned", "afloat", "done"]),
    app("org.museum.labels", "exhibit", "label", "visits", ["stored", "shown", "lent"]),
];

/// Ten lexicons of each application.
pub fn corpus() -> Set {
    APPS.iter().flat_map(App::lexicons).collect()
}

/// The same a year later, with the changes that applications make, some of which they shouldn't.
pub fn year_later() -> Set {
    let mut set = corpus();
    for (index, app) in APPS.iter().enumerate() {
        app.age(index, &mut set);
    }
    set
}

fn upper(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn typed(kind: &str, description: &str, rest: impl IntoIterator<Item = (&'static str, Json)>) -> Json {
    let fields = [("type", Json::from(kind)), ("description", Json::from(description))];
    Json::object(fields.into_iter().chain(rest))
}

fn string(description: &str, most: i64) -> Json {
    typed("string", description, [("maxLength", Json::Integer(most))])
}

fn formatted(format: &str, description: &str) -> Json {
    typed("string", description, [("format", Json::from(format))])
}

fn reference(to: &str, description: &str) -> Json {
    typed("ref", description, [("ref", Json::from(to))])
}

fn object(description: &str, required: &[&str], properties: Vec<(&str, Json)>) -> Json {
    let required = ("required", Json::list(required.iter().copied()));
    typed("object", description, [required, ("properties", Json::object(properties))])
}

fn params(required: &[&str], properties: Vec<(&str, Json)>) -> Json {
    Json::object([
        ("type", Json::from("params")),
        ("required", Json::list(required.iter().copied())),
        ("properties", Json::object(properties)),
    ])
}

fn body(description: &str, schema: Json) -> Json {
    Json::object([
        ("description", Json::from(description)),
        ("encoding", Json::from("application/json")),
        ("schema", schema),
    ])
}

fn errors(names: &[&str]) -> Json {
    let error = |name: &&str| {
        let description = format!("{name}: nothing was changed.");
        Json::object([("name", Json::from(*name)), ("description", Json::from(description))])
    };
    Json::list(names.iter().map(error))
}

impl App {
    fn nsid(&self, name: &str) -> String {
        format!("{}.{name}", self.authority)
    }

    fn lexicons(&self) -> Vec<(String, Json)> {
        let thing = upper(self.thing);
        let mains = [
            (self.thing.to_owned(), self.record()),
            (format!("get{thing}"), self.get()),
            (format!("list{thing}s"), self.list()),
            (format!("search{thing}s"), self.search()),
            (format!("put{thing}"), self.write(true)),
            (format!("delete{thing}"), self.write(false)),
            (format!("upload{thing}Picture"), self.upload()),
            (format!("watch{thing}s"), self.watch()),
            (format!("auth{thing}Keeper"), self.permissions()),
        ];
        let lexicon = |name: String, defs: Vec<(String, Json)>| {
            let nsid = self.nsid(&name);
            let lexicon = Json::object([
                ("lexicon", Json::Integer(1)),
                ("id", Json::from(nsid.as_str())),
                ("description", Json::from(format!("{} of {}.", upper(&name), self.authority))),
                ("defs", Json::Object(defs)),
            ]);
            (nsid, lexicon)
        };
        let mut all: Vec<_> =
            mains.into_iter().map(|(name, main)| lexicon(name, vec![("main".to_owned(), main)])).collect();
        all.push(lexicon("defs".to_owned(), self.shared()));
        all
    }

    fn shared(&self) -> Vec<(String, Json)> {
        let view = object(
            &format!("A {} as readers see it.", self.thing),
            &["uri", "author", "state"],
            vec![
                ("uri", formatted("at-uri", "Where its record is.")),
                ("author", reference("#person", "Who keeps it.")),
                ("state", reference("#state", "What has become of it.")),
                (self.text, string("In words.", 3000)),
                (self.count, typed("integer", "How many.", [("minimum", Json::Integer(0))])),
                ("replyTo", reference("#view", "What it answers.")),
                ("embed", typed("union", "What it shows.", [("refs", Json::list(["#picture", "#link"]))])),
                (
                    "labels",
                    typed(
                        "array",
                        "What others say of it.",
                        [
                            ("maxLength", Json::Integer(20)),
                            ("items", Json::object([("type", Json::from("string")), ("maxLength", Json::Integer(64))])),
                        ],
                    ),
                ),
            ],
        );
        let person = object(
            "Somebody.",
            &["did", "handle"],
            vec![
                ("did", formatted("did", "Their identity.")),
                ("handle", formatted("handle", "Their name.")),
                (
                    "displayName",
                    typed(
                        "string",
                        "What they call themselves.",
                        [("maxLength", Json::Integer(640)), ("maxGraphemes", Json::Integer(64))],
                    ),
                ),
            ],
        );
        let picture = object(
            "A picture.",
            &["image"],
            vec![
                (
                    "image",
                    typed(
                        "blob",
                        "The picture.",
                        [("accept", Json::list(["image/png", "image/jpeg"])), ("maxSize", Json::Integer(1_000_000))],
                    ),
                ),
                ("alt", string("In words, for those who can't see it.", 2000)),
            ],
        );
        let link = object(
            "A page elsewhere.",
            &["uri"],
            vec![("uri", formatted("uri", "Where.")), ("title", string("Its title.", 300))],
        );
        let state = typed(
            "string",
            "What has become of it.",
            [("maxLength", Json::Integer(64)), ("knownValues", Json::list(self.states))],
        );
        let retired = typed("token", "It is kept for its history alone.", []);
        let gone = object(
            "One that was deleted.",
            &["uri", "seq"],
            vec![
                ("uri", formatted("at-uri", "Where its record was.")),
                ("seq", typed("integer", "Position in the stream.", [("minimum", Json::Integer(1))])),
            ],
        );
        let defs = [
            ("view", view),
            ("person", person),
            ("picture", picture),
            ("link", link),
            ("state", state),
            ("gone", gone),
            ("retired", retired),
        ];
        defs.map(|(name, def)| (name.to_owned(), def)).into()
    }

    fn def(&self, name: &str) -> String {
        format!("{}#{name}", self.nsid("defs"))
    }

    fn record(&self) -> Json {
        let schema = object(
            "As its keeper wrote it.",
            &["createdAt", self.text],
            vec![
                (self.text, string("In words.", 3000)),
                (
                    self.count,
                    typed(
                        "integer",
                        "How many.",
                        [("minimum", Json::Integer(0)), ("maximum", Json::Integer(1_000_000))],
                    ),
                ),
                ("state", reference(&self.def("state"), "What has become of it.")),
                (
                    "languages",
                    typed(
                        "array",
                        "What it is written in.",
                        [
                            ("maxLength", Json::Integer(3)),
                            (
                                "items",
                                Json::object([("type", Json::from("string")), ("format", Json::from("language"))]),
                            ),
                        ],
                    ),
                ),
                ("createdAt", formatted("datetime", "When it was written.")),
            ],
        );
        typed("record", &format!("A {}.", self.thing), [("key", Json::from("tid")), ("record", schema)])
    }

    fn page(&self) -> Vec<(&'static str, Json)> {
        vec![
            (
                "limit",
                typed(
                    "integer",
                    "How many on a page.",
                    [("minimum", Json::Integer(1)), ("maximum", Json::Integer(100)), ("default", Json::Integer(50))],
                ),
            ),
            ("cursor", string("Where the page begins.", 512)),
        ]
    }

    fn views(&self) -> Json {
        let items = Json::object([("type", Json::from("ref")), ("ref", Json::from(self.def("view")))]);
        let views = typed("array", "The page.", [("maxLength", Json::Integer(100)), ("items", items)]);
        object("A page.", &["items"], vec![("items", views), ("cursor", string("Where the next page begins.", 512))])
    }

    fn get(&self) -> Json {
        let parameters = params(&["uri"], vec![("uri", formatted("at-uri", "Which one."))]);
        typed(
            "query",
            &format!("Gets a {}.", self.thing),
            [
                ("parameters", parameters),
                ("output", body("The view.", reference(&self.def("view"), "The view."))),
                ("errors", errors(&["NotFound"])),
            ],
        )
    }

    fn list(&self) -> Json {
        let mut properties = self.page();
        properties.push(("actor", formatted("at-identifier", "Whose.")));
        typed(
            "query",
            &format!("Lists each {} of somebody.", self.thing),
            [
                ("parameters", params(&["actor"], properties)),
                ("output", body("A page.", self.views())),
                ("errors", errors(&["ActorNotFound", "BlockedActor"])),
            ],
        )
    }

    fn search(&self) -> Json {
        let mut properties = self.page();
        properties.push(("q", string("What to look for.", 200)));
        properties.push((
            "sort",
            typed(
                "string",
                "In which order.",
                [("enum", Json::list(["latest", "top"])), ("default", Json::from("top"))],
            ),
        ));
        typed(
            "query",
            &format!("Looks for a {}.", self.thing),
            [
                ("parameters", params(&["q"], properties)),
                ("output", body("A page.", self.views())),
                ("errors", errors(&["BadQuery"])),
            ],
        )
    }

    fn write(&self, put: bool) -> Json {
        let mut properties = vec![("uri", formatted("at-uri", "Which one."))];
        let mut output = vec![];
        if put {
            properties.push((self.text, string("In words.", 3000)));
            properties.push(("state", reference(&self.def("state"), "What has become of it.")));
            output.push(("uri", formatted("at-uri", "Where it is.")));
            output.push(("cid", formatted("cid", "Which version.")));
        }
        let required: Vec<_> = output.iter().map(|(name, _)| *name).collect();
        typed(
            "procedure",
            &format!("{} a {}.", if put { "Writes" } else { "Deletes" }, self.thing),
            [
                ("input", body("What to do.", object("What to do.", &["uri"], properties))),
                ("output", body("What was done.", object("What was done.", &required, output))),
                ("errors", errors(&["NotFound", "NotYours"])),
            ],
        )
    }

    fn upload(&self) -> Json {
        let picture = Json::object([("description", Json::from("The picture.")), ("encoding", Json::from("image/*"))]);
        let blob = typed("blob", "What to refer to.", [("maxSize", Json::Integer(1_000_000))]);
        typed(
            "procedure",
            &format!("Uploads a picture of a {}.", self.thing),
            [
                ("input", picture),
                ("output", body("Where it is kept.", object("Where it is kept.", &["blob"], vec![("blob", blob)]))),
                ("errors", errors(&["TooLarge"])),
            ],
        )
    }

    fn watch(&self) -> Json {
        let cursor = typed("integer", "The last position known.", [("minimum", Json::Integer(0))]);
        let union =
            Json::object([("type", Json::from("union")), ("refs", Json::list([self.def("view"), self.def("gone")]))]);
        typed(
            "subscription",
            &format!("Follows what happens to each {}.", self.thing),
            [
                ("parameters", params(&[], vec![("cursor", cursor)])),
                ("message", Json::object([("description", Json::from("What happened.")), ("schema", union)])),
                ("errors", errors(&["FutureCursor"])),
            ],
        )
    }

    fn permissions(&self) -> Json {
        let rpc = Json::object([
            ("type", Json::from("permission")),
            ("resource", Json::from("rpc")),
            ("inheritAud", Json::Bool(true)),
            ("lxm", Json::list([self.nsid(&format!("put{}", upper(self.thing)))])),
        ]);
        let repo = Json::object([
            ("type", Json::from("permission")),
            ("resource", Json::from("repo")),
            ("collection", Json::list([self.nsid(self.thing)])),
        ]);
        let title = format!("Keep every {}", self.thing);
        typed(
            "permission-set",
            "What keepers need.",
            [("title", Json::from(title)), ("permissions", Json::list([rpc, repo]))],
        )
    }

    /// One change, another one for each of eight applications in turn.
    fn age(&self, index: usize, set: &mut Set) {
        let thing = upper(self.thing);
        let view = "/defs/view/properties";
        let mut at = |name: &str, pointer: &str, change: &dyn Fn(&mut Json)| {
            let document = set.get_mut(&self.nsid(name)).expect("the lexicon is there");
            change(document.at_mut(pointer).expect("it is there"));
        };
        match index % 8 {
            0 => at("defs", view, &|properties| {
                properties.put("pinned", typed("boolean", "Whether it comes first.", []))
            }),
            1 => at("defs", view, &|properties| drop(properties.take("replyTo"))),
            2 => {
                at("defs", "/defs/state/knownValues", &|values| values.items_mut().expect("a list").push("lost".into()))
            }
            3 => at(&format!("search{thing}s"), "/defs/main/parameters/properties/q", &|query| {
                query.put("maxLength", 100)
            }),
            4 => at(&format!("list{thing}s"), "/defs/main/errors", &|all| {
                all.items_mut().expect("a list").extend(errors(&["TooMany"]).items().to_vec())
            }),
            5 => at(&format!("put{thing}"), "/defs/main/input/schema/required", &|names| {
                names.items_mut().expect("a list").push("state".into())
            }),
            6 => at(&format!("watch{thing}s"), "/defs/main/message/schema/refs", &|refs| {
                drop(refs.items_mut().expect("a list").pop())
            }),
            _ => at(&format!("list{thing}s"), "/defs/main/parameters/properties/limit", &|limit| {
                limit.put("default", 20)
            }),
        }
    }
}
