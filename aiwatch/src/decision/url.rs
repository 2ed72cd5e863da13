//! The address of a remote MCP server, parsed once and compared on its normal form.
//!
//! Clients connect to where the WHATWG reading of their text says, and so the `url` crate reads it here. What other
//! readers take for another place is refused, whatever WHATWG makes of it: nobody needs such an address, and no
//! answer about it would hold for every client. The normal form has the scheme and the host in lower case, the host
//! in punycode and without a dot at its end, the port always, and the path with nothing percent-encoded that need
//! not be. The query is no part of it, for it changes neither the server nor the path, and the fragment is never
//! sent.

use ::url::Url;

/// Most bytes of an address: more than servers commonly take, and few enough to read at every call.
const LONGEST: usize = 8192;

/// An address of http or https.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct McpUrl {
    scheme: String,
    host: String,
    port: u16,
    path: String,
}

impl McpUrl {
    /// Reads an address as it is configured, byte for byte.
    ///
    /// # Errors
    /// Why readers may disagree about it: lower case, no final period, never a part of the text.
    pub fn parse(text: &str) -> Result<McpUrl, &'static str> {
        if text.len() > LONGEST {
            return Err("its URL is too long");
        }
        // WHATWG strips or encodes them, others end the address there or send them as they are.
        if text.contains(|c: char| c.is_control() || c.is_whitespace()) {
            return Err("its URL has white space or a control character in it");
        }
        // To WHATWG it is a slash, to others a character of a user name.
        if text.contains('\\') {
            return Err("its URL has a backslash in it");
        }
        if has_template(text) {
            return Err("its URL has a variable in it, and only the client knows the value");
        }
        // WHATWG takes `https:host`, `https:/host` and `https:///host` for `https://host`; others see a path.
        let (scheme, rest) = text.split_once("://").ok_or("its URL has no ://")?;
        if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
            return Err("its URL is neither http nor https");
        }
        // Up to the first slash and not only to the authority's end: `https://good?@evil` has been read both ways.
        if rest.split('/').next().is_some_and(|start| start.contains('@')) {
            return Err("its URL has a user name in it");
        }
        let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
        let path = rest[authority.len()..].split(['?', '#']).next().unwrap_or_default();
        if authority.is_empty() {
            return Err("its URL has no host");
        }
        plain_path(path)?;
        let url = Url::parse(text).map_err(|_| "its URL is not one")?;
        Ok(McpUrl {
            host: host(authority, url.host_str().unwrap_or_default())?,
            port: url.port_or_known_default().unwrap_or_default(),
            path: normal(url.path()),
            scheme: url.scheme().to_owned(),
        })
    }

    /// Whether scheme, host and port are the same.
    pub fn same_origin(&self, other: &McpUrl) -> bool {
        (&self.scheme, &self.host, self.port) == (&other.scheme, &other.host, other.port)
    }

    /// Whether this is below a base: the same origin, and a path that begins with the segments of the base's path.
    /// A slash at the end of the base says nothing: `/mcp/` is the base of `/mcp`, too. Case counts.
    pub fn is_below(&self, base: &McpUrl) -> bool {
        let prefix = base.path.strip_suffix('/').unwrap_or(&base.path);
        let rest = self.path.strip_prefix(prefix);
        self.same_origin(base) && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The path in its normal form: it begins with a slash.
    pub fn path(&self) -> &str {
        &self.path
    }
}

/// Whether a part of an address that decides where it leads is a variable of the client's: `${NAME}`, `{name}`,
/// `$NAME`. A value can hold anything, so a text before it promises nothing. In the query one does no harm: what
/// comes after the `?` cannot move what is before it.
pub fn has_template(text: &str) -> bool {
    let decides = text.split(['?', '#']).next().unwrap_or_default();
    decides.contains(['$', '{', '}'])
}

/// The host in its normal form, from the authority as it is written and the host as WHATWG reads it.
fn host(authority: &str, read: &str) -> Result<String, &'static str> {
    let (written, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    // An empty port, a port 0 and zeros before a port are folded by some readers and refused by others.
    if port.is_some_and(|port| port.is_empty() || port.starts_with('0')) {
        return Err("its URL has an odd port");
    }
    if read.starts_with('[') {
        return Ok(read.to_owned());
    }
    // WHATWG reads `0x7f.1`, `2130706433` and `010.0.0.1` as four numbers and decodes what is percent-encoded; others
    // see a name or other numbers.
    if written.is_ascii() && !written.eq_ignore_ascii_case(read) {
        return Err("its URL has a host that is not read alike everywhere");
    }
    if !written.is_ascii() && !all_read_alike(written, read) {
        return Err("its URL has a host with letters that are not read alike everywhere");
    }
    let name = read.strip_suffix('.').unwrap_or(read);
    if name.split('.').any(str::is_empty) {
        return Err("its URL has a host with an empty part");
    }
    if !name.chars().all(of_names) {
        return Err("its URL has a host with a character that no name has");
    }
    Ok(name.to_owned())
}

/// Whether a character is one of host names.
fn of_names(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// Whether the old and the new rules of international names make the same of a name.
///
/// Only lower-case letters that stay what they are: no symbols, no letters that are folded to others (such as the
/// wide ones and those in superscript), and not the two letters that the old rules fold and the new ones keep.
/// Any name can be written in punycode instead.
fn all_read_alike(written: &str, read: &str) -> bool {
    const KEPT_BY_NEW_RULES: [char; 2] = ['ß', 'ς'];
    let stable = |c: char| {
        let settled = c < '\u{1d00}' || ('\u{3041}'..='\u{d7a3}').contains(&c);
        settled && c.is_alphabetic() && c.to_lowercase().eq([c]) && !KEPT_BY_NEW_RULES.contains(&c)
    };
    // A label that was not ASCII and is now was folded to another.
    let kept = |(written, read): (&str, &str)| written.is_ascii() || read.starts_with("xn--");
    written.chars().all(|c| of_names(c) || stable(c)) && written.split('.').zip(read.split('.')).all(kept)
}

/// Refuses what servers and what stands before them resolve in different ways: they decode once, twice or not at
/// all, before or after they take dot segments out; they merge slashes; they cut parameters off a segment.
fn plain_path(path: &str) -> Result<(), &'static str> {
    if path.contains("//") {
        return Err("its URL has a path with two slashes in a row");
    }
    let mut decoded = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('%') {
        let byte = after.get(..2).and_then(hexadecimal).ok_or("its URL has a broken percent-encoding")?;
        if byte.is_ascii_control() || matches!(byte, b'/' | b'\\' | b'%') {
            return Err("its URL has a path with a separator, a percent or a control character encoded");
        }
        decoded.push_str(before);
        // What is not ASCII is neither a dot nor a semicolon, and that is all that is asked below.
        decoded.push(if byte.is_ascii() { char::from(byte) } else { '?' });
        rest = &after[2..];
    }
    decoded.push_str(rest);
    if decoded.contains(';') {
        return Err("its URL has a path with parameters");
    }
    if decoded.split('/').any(|segment| matches!(segment, "." | "..")) {
        return Err("its URL has a path with dot segments");
    }
    Ok(())
}

/// A path in which nothing is percent-encoded that need not be (RFC 3986, 6.2.2), and the rest in capitals.
fn normal(path: &str) -> String {
    let mut normal = String::with_capacity(path.len());
    let mut pieces = path.split('%');
    normal.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let (digits, after) = piece.split_at_checked(2).unwrap_or((piece, ""));
        match hexadecimal(digits).map(char::from) {
            Some(c) if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~') => normal.push(c),
            _ => {
                normal.push('%');
                normal.push_str(&digits.to_ascii_uppercase());
            }
        }
        normal.push_str(after);
    }
    normal
}

/// The byte of two hexadecimal digits.
fn hexadecimal(digits: &str) -> Option<u8> {
    let digits_only = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u8::from_str_radix(digits, 16).ok().filter(|_| digits_only)
}

#[cfg(test)]
mod tests;
