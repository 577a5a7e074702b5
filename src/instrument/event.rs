//! What a trace tells of a call: that it began, with which arguments, and how it ended; as data,
//! and as a line of JSON.

#![forbid(unsafe_code)]

use super::stats::Span;
use std::fmt::Write;
use std::sync::Arc;

pub(super) enum What {
    /// The arguments, each with the name of its parameter; empty where it has none.
    Call(Vec<(Arc<str>, String)>),
    Return(Option<String>),
    Raise(String),
}

pub(super) struct Event {
    pub(super) what: What,
    /// Which call; 0 is none.
    pub(super) id: u64,
    pub(super) parent: u64,
    pub(super) depth: u32,
    pub(super) thread: u64,
    /// Nanoseconds since 1970.
    pub(super) time: u64,
    pub(super) name: Arc<str>,
    pub(super) span: Option<Span>,
}

impl What {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            What::Call(_) => "call",
            What::Return(_) => "return",
            What::Raise(_) => "raise",
        }
    }
}

impl Event {
    /// One line, with its end.
    pub(super) fn to_json(&self) -> String {
        let mut line = String::with_capacity(160);
        // Writing to a String cannot fail.
        let _ = write!(
            line,
            "{{\"event\":\"{}\",\"id\":{},\"parent\":{},\"depth\":{},\"thread\":{},\"time_ns\":{},\"name\":",
            self.what.kind(),
            self.id,
            self.parent,
            self.depth,
            self.thread,
            self.time,
        );
        quote(&mut line, &self.name);
        if let Some(span) = self.span {
            let _ = write!(
                line,
                ",\"total_ns\":{},\"active_ns\":{},\"self_ns\":{}",
                span.total, span.active, span.own
            );
        }
        self.details(&mut line);
        line.push_str("}\n");
        line
    }

    fn details(&self, line: &mut String) {
        match &self.what {
            What::Call(args) => {
                line.push_str(",\"args\":[");
                for (index, (name, shown)) in args.iter().enumerate() {
                    line.push_str(if index == 0 { "[" } else { ",[" });
                    quote(line, name);
                    line.push(',');
                    quote(line, shown);
                    line.push(']');
                }
                line.push(']');
            }
            What::Return(None) => {}
            What::Return(Some(shown)) => {
                line.push_str(",\"value\":");
                quote(line, shown);
            }
            What::Raise(shown) => {
                line.push_str(",\"error\":");
                quote(line, shown);
            }
        }
    }
}

/// A string as JSON writes it.
fn quote(line: &mut String, text: &str) {
    line.push('"');
    for character in text.chars() {
        match character {
            '"' => line.push_str("\\\""),
            '\\' => line.push_str("\\\\"),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            control if control < ' ' || control == '\u{7f}' => {
                let _ = write!(line, "\\u{:04x}", u32::from(control));
            }
            other => line.push(other),
        }
    }
    line.push('"');
}

/// Whether the name of a parameter, key or function is one whose value must not be shown: secrets
/// are parts of names, of their beginning after `^` and of their end before `$`.
pub(super) fn is_secret(name: &str, secrets: &[String]) -> bool {
    let name = name.to_lowercase();
    secrets.iter().any(
        |secret| match (secret.strip_prefix('^'), secret.strip_suffix('$')) {
            (None, None) => name.contains(secret.as_str()),
            (Some(first), None) => name.starts_with(first),
            (None, Some(last)) => name.ends_with(last),
            (Some(whole), Some(_)) => whole.strip_suffix('$') == Some(name.as_str()),
        },
    )
}

/// A text on one line, of at most so many characters.
pub(super) fn clip(text: String, most: usize) -> String {
    if text.len() <= most && !text.chars().any(char::is_control) {
        return text;
    }
    clip_slowly(&text, most)
}

#[cold]
fn clip_slowly(text: &str, most: usize) -> String {
    let mut clipped = String::with_capacity(text.len().min(4 * most));
    for (index, character) in text.chars().enumerate() {
        if index == most {
            clipped.push_str("...");
            break;
        }
        match character {
            '\n' => clipped.push_str("\\n"),
            control if control.is_control() => {
                let _ = write!(clipped, "\\x{:02x}", u32::from(control));
            }
            other => clipped.push(other),
        }
    }
    clipped
}

#[cfg(test)]
mod tests {
    use super::{Event, What, clip, is_secret};
    use crate::instrument::stats::Span;

    fn event(what: What, span: Option<Span>) -> Event {
        Event {
            what,
            id: 7,
            parent: 3,
            depth: 1,
            thread: 9,
            time: 5,
            name: "m:f".into(),
            span,
        }
    }

    #[test]
    fn a_call_is_one_line_of_json() {
        let args = vec![
            ("a".into(), "'\"\\\u{1}\n'".into()),
            ("".into(), "é".into()),
        ];
        assert_eq!(
            event(What::Call(args), None).to_json(),
            "{\"event\":\"call\",\"id\":7,\"parent\":3,\"depth\":1,\"thread\":9,\"time_ns\":5,\
             \"name\":\"m:f\",\"args\":[[\"a\",\"'\\\"\\\\\\u0001\\n'\"],[\"\",\"é\"]]}\n"
        );
    }

    #[test]
    fn an_end_has_its_times() {
        let span = Span {
            total: 3,
            active: 2,
            own: 1,
        };
        let line = event(What::Return(Some("1".into())), Some(span)).to_json();
        assert!(line.ends_with("\"total_ns\":3,\"active_ns\":2,\"self_ns\":1,\"value\":\"1\"}\n"));
        let line = event(What::Raise("E()".into()), None).to_json();
        assert!(line.ends_with("\"name\":\"m:f\",\"error\":\"E()\"}\n"));
    }

    #[test]
    fn secrets_are_known_by_part_of_their_name() {
        let secrets = ["password".to_owned(), "token".to_owned()];
        assert!(is_secret("db_PASSWORD", &secrets) && is_secret("tokens", &secrets));
        assert!(!is_secret("name", &secrets));
        let secrets = ["^auth$", "^auth_", "_auth$"].map(str::to_owned);
        assert!(
            ["auth", "Auth_Key", "proxy_auth"]
                .iter()
                .all(|name| is_secret(name, &secrets))
        );
        assert!(
            !["author", "oauth", "_auth_"]
                .iter()
                .any(|name| is_secret(name, &secrets))
        );
        assert!(!is_secret("", &["^$x".to_owned(), "$^".to_owned()]));
    }

    #[test]
    fn clipping_counts_characters_and_keeps_one_line() {
        assert_eq!(clip("éé".into(), 2), "éé");
        assert_eq!(clip("ééé".into(), 2), "éé...");
        assert_eq!(clip("a\n\u{1b}".into(), 9), "a\\n\\x1b");
    }
}
