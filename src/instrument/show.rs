//! Values as short text. Built-in containers and strings are read from the inside, so much of them
//! as is shown, without running anybody's code; everything else is asked for its `repr`, and where
//! that fails, says so instead. No error of a `__repr__` gets out; a KeyboardInterrupt that came
//! while one ran is raised again after the call has begun.

use super::event::{clip, is_secret};
use crate::ffi::api::{self, Shape};
use crate::ffi::{Borrowed, Exc, Owned, Raised, Res};

/// How much is shown of a value.
pub(super) struct Limits {
    /// Characters of each value.
    pub(super) length: usize,
    /// Names whose values are not shown, in lower case.
    pub(super) secrets: Vec<String>,
}

const ITEMS: usize = 8;
const LEVELS: usize = 3;
const BITS: u64 = 512;
pub(super) const REDACTED: &str = "<redacted>";

impl Limits {
    pub(super) fn show(&self, value: Borrowed<'_>) -> String {
        clip(self.text(value, LEVELS), self.length)
    }

    /// A value that goes by a name: a parameter, or a key.
    pub(super) fn show_named(&self, name: &str, value: Borrowed<'_>) -> String {
        if self.hides(name) {
            REDACTED.to_owned()
        } else {
            self.show(value)
        }
    }

    pub(super) fn hides(&self, name: &str) -> bool {
        !name.is_empty() && is_secret(name, &self.secrets)
    }

    fn text(&self, value: Borrowed<'_>, levels: usize) -> String {
        let shown = match api::shape(value) {
            Shape::Plain => repr(value),
            Shape::Integer => integer(value),
            Shape::Text => self.start(value, api::start_of_text),
            Shape::Bytes => self.start(value, api::start_of_bytes),
            Shape::Class => api::class_name(value).map(|name| format!("<class {name}>")),
            Shape::Other => repr(value),
            _ if levels == 0 => Ok("...".to_owned()),
            Shape::List => Ok(self.items("[", api::first_of(value, ITEMS + 1), "]", levels)),
            Shape::Tuple => Ok(self.tuple(value, levels)),
            Shape::Set => self.set(value, levels),
            Shape::Dict => Ok(self.dict(value, levels)),
        };
        shown.unwrap_or_else(|raised| unshown(value, raised))
    }

    /// Text or bytes: no more of them than can be shown.
    fn start(&self, value: Borrowed<'_>, cut: fn(Borrowed<'_>, usize) -> Res) -> Res<String> {
        let start = cut(value, self.length)?;
        let mut shown = repr(start.get())?;
        if api::size(start.get())? < api::size(value)? {
            shown.push_str("...");
        }
        Ok(shown)
    }

    fn items(&self, open: &str, items: Vec<Owned>, close: &str, levels: usize) -> String {
        let mut shown: Vec<String> = items
            .iter()
            .take(ITEMS)
            .map(|item| self.text(item.get(), levels - 1))
            .collect();
        if items.len() > ITEMS {
            shown.push("...".to_owned());
        }
        format!("{open}{}{close}", shown.join(", "))
    }

    fn tuple(&self, value: Borrowed<'_>, levels: usize) -> String {
        let items = api::first_of(value, ITEMS + 1);
        let pair = if let [name, _] = items.as_slice() {
            self.secret(name.get(), levels)
        } else {
            None
        };
        if let Some(name) = pair {
            return format!("({name}, {REDACTED})"); // as headers are often given
        }
        let close = if items.len() == 1 { ",)" } else { ")" };
        self.items("(", items, close, levels)
    }

    fn set(&self, value: Borrowed<'_>, levels: usize) -> Res<String> {
        if api::size(value)? == 0 {
            return repr(value);
        }
        let items = api::first_by_iteration(value, ITEMS + 1)?;
        Ok(self.items("{", items, "}", levels))
    }

    /// A text or bytes as it is shown, if it is the name of what must not be.
    fn secret(&self, key: Borrowed<'_>, levels: usize) -> Option<String> {
        if !matches!(api::shape(key), Shape::Text | Shape::Bytes) && !api::is_string(key) {
            return None;
        }
        let name = self.text(key, levels - 1);
        let bare = name.strip_prefix('b').unwrap_or(&name);
        let bare = bare.trim_matches(|quote| quote == '\'' || quote == '"');
        self.hides(bare).then_some(name)
    }

    fn dict(&self, value: Borrowed<'_>, levels: usize) -> String {
        let entries = api::entries_of(value, ITEMS + 1);
        let shown = entries.iter().take(ITEMS).map(|(key, value)| {
            if let Some(name) = self.secret(key.get(), levels) {
                return format!("{name}: {REDACTED}");
            }
            let name = self.text(key.get(), levels - 1);
            format!("{name}: {}", self.text(value.get(), levels - 1))
        });
        let mut shown: Vec<String> = shown.collect();
        if entries.len() > ITEMS {
            shown.push("...".to_owned());
        }
        format!("{{{}}}", shown.join(", "))
    }
}

/// An instance or class that a method is called on: by its class, since it may be half made.
pub(super) fn receiver(value: Borrowed<'_>) -> String {
    let class = if api::is_type(value) {
        value
    } else {
        value.type_object()
    };
    let name = api::class_name(class).unwrap_or_else(|raised| {
        raised.swallow();
        api::type_name(value)
    });
    if api::is_type(value) {
        format!("<class {name}>")
    } else {
        format!("<{name} object>")
    }
}

/// An exception with its message.
pub(super) fn error(value: Borrowed<'_>, limits: &Limits) -> String {
    let shown = api::guarded(|| repr(value)).unwrap_or_else(|raised| unshown(value, raised));
    clip(shown, limits.length)
}

fn repr(value: Borrowed<'_>) -> Res<String> {
    api::text(api::PyObject_Repr(value)?.get())
}

fn integer(value: Borrowed<'_>) -> Res<String> {
    match api::bits_of(value)? {
        bits if bits > BITS => Ok(format!("<int of {bits} bits>")),
        _ => repr(value),
    }
}

#[cold]
fn unshown(value: Borrowed<'_>, raised: Raised) -> String {
    let class = api::type_name(value);
    let mut reason = String::new();
    let kept = raised.is(Exc::KeyboardInterrupt);
    let raised = raised.shown_to(|error| reason = api::type_name(error));
    if kept {
        raised.swallow();
    } else {
        raised.clear();
    }
    format!("<{class} object: repr() raised {reason}>")
}
