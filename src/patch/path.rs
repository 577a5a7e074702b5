//! Dotted attribute paths: `Outer.Inner.method` as its segments.

#![forbid(unsafe_code)]

/// A path that cannot lead anywhere, and why.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);

/// The segments of a path, none of them empty.
pub(crate) fn segments(path: &str) -> Result<Vec<&str>, Malformed> {
    if path.is_empty() {
        return Err(Malformed("the path is empty: name an attribute"));
    }
    let segments: Vec<&str> = path.split('.').collect();
    if segments.iter().any(|segment| segment.is_empty()) {
        return Err(Malformed("a segment between dots is empty"));
    }
    Ok(segments)
}

#[cfg(test)]
mod tests {
    use super::{Malformed, segments};

    #[test]
    fn splits_at_dots() {
        assert_eq!(segments("f"), Ok(vec!["f"]));
        assert_eq!(segments("A.B.c"), Ok(vec!["A", "B", "c"]));
    }

    #[test]
    fn refuses_empty_segments() {
        for path in ["", ".", "a.", ".a", "a..b"] {
            assert!(matches!(segments(path), Err(Malformed(_))), "{path}");
        }
    }
}
