//! What stands around a random word and says that it is no key: digests, revisions, names of files, pictures.

/// Words before a digest or a revision.
const DIGESTS: [&str; 32] = [
    "checkout",
    "reset",
    "commit",
    "commits",
    "rev",
    "revision",
    "sha",
    "sha1",
    "sha224",
    "sha256",
    "sha384",
    "sha512",
    "md5",
    "digest",
    "checksum",
    "integrity",
    "hash",
    "etag",
    "tree",
    "parent",
    "blob",
    "raw",
    "archive",
    "ref",
    "blake2b",
    "blake3",
    "tarball",
    "fingerprint",
    "shasum",
    "gitcommit",
    "resolved",
    "zh",
];
/// What a hash in a file's name is followed by.
const EXTENSIONS: [&str; 20] = [
    "js", "mjs", "cjs", "css", "map", "png", "jpg", "jpeg", "svg", "gif", "webp", "woff", "woff2", "json",
    "tgz", "gz", "whl", "zip", "html", "wasm",
];
/// How names of files begin. The places of people's own files are among them.
const ROOTS: [&str; 21] = [
    "/Users/",
    "/people/",
    "/Library/",
    "/var/",
    "/usr/",
    "/opt/",
    "/tmp/",
    "/etc/",
    "/private/",
    "/nix/",
    "/mnt/",
    "/srv/",
    "/data/",
    "/app/",
    "/workspace/",
    "~/",
    "./",
    "../",
    "node_modules/",
    "/hom",
    "$HOME/",
];
/// How the base64 of pictures, fonts and sounds begins.
const MAGIC: [&str; 12] = [
    "iVBORw0KGgo",
    "/9j/",
    "R0lGOD",
    "UklGR",
    "PHN2Zy",
    "PD94bW",
    "d09GR",
    "d09GM",
    "AAABAA",
    "AAEAAA",
    "T1RUT",
    "SUQz",
];
/// Most bytes that are looked at before a word.
const BEFORE: usize = 256;

/// Whether a word in hexadecimal is the digest or revision of something.
pub(super) fn is_digest(text: &str, start: usize, end: usize) -> bool {
    let before = before(text, start, 80);
    let whole = matches!(end - start, 32 | 40 | 56 | 64 | 96 | 128);
    if whole && before.ends_with(['@', '#']) || before.ends_with("..") {
        return true;
    }
    let after = text.as_bytes().get(end..).unwrap_or_default();
    let listed = before.is_empty() || before.ends_with('\n');
    if whole && listed && (after.starts_with(b"  ") || after.starts_with(b" *")) || after.starts_with(b"..") {
        return true;
    }
    let words = before.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let word = words.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    // `gitHash` and `imageDigest` end in one.
    let tail = word.rfind(|c: char| c.is_ascii_uppercase()).and_then(|at| word.get(at..)).unwrap_or_default();
    before.len() - words.len() <= 6
        && DIGESTS.iter().any(|known| word.eq_ignore_ascii_case(known) || tail.eq_ignore_ascii_case(known))
}

/// Whether a run of base64 is the digest of a package: `sha512-…`, `h1:…`.
pub(super) fn is_integrity(text: &str, start: usize, end: usize) -> bool {
    let chunk = text.get(start..end).unwrap_or_default();
    let named = |text: &str| {
        ["sha1", "sha256", "sha384", "sha512", "md5", "h1"]
            .iter()
            .any(|name| text.strip_prefix(name).is_some_and(|rest| rest.starts_with(['-', ':', '/'])))
    };
    let before = before(text, start, 8);
    named(chunk)
        || ["sha1:", "sha256:", "sha384:", "sha512:", "h1:", "SHA256:"].iter().any(|n| before.ends_with(n))
}

/// Whether base64 at a byte is the content of a picture, a font or a sound in a `data:` address.
pub(super) fn is_picture(text: &str, start: usize) -> bool {
    let Some(kind) = before(text, start, 80).strip_suffix(";base64,") else { return false };
    let Some(kind) = kind.rfind("data:").and_then(|at| kind.get(at + 5..)) else { return false };
    let content = text.get(start..).unwrap_or_default();
    ["image/", "font/", "audio/", "video/", "application/font"].iter().any(|known| kind.starts_with(known))
        && MAGIC.iter().any(|magic| content.starts_with(magic))
}

/// Whether a word of digits and small letters is part of a file's name.
pub(super) fn is_file(text: &str, start: usize, end: usize) -> bool {
    let word = text.get(start..end).unwrap_or_default();
    if word.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return false;
    }
    if let Some(rest) = text.get(end..).and_then(|rest| rest.strip_prefix('.')) {
        let extension = rest.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        if EXTENSIONS.contains(&extension) {
            return true;
        }
    }
    let path = before(text, start, BEFORE);
    let path = path.rsplit([' ', '\n', '\t', '"', '\'', '`', '(', '=', ',']).next().unwrap_or_default();
    let drive = path.as_bytes().get(1..3).is_some_and(|two| two == b":\\" || two == b":/");
    path.ends_with(['/', '\\'])
        && !path.contains("://")
        && (drive || ROOTS.iter().any(|root| path.starts_with(root)) || path.starts_with('.'))
}

/// The line that a text begins with, as far as so many bytes. It says whether more follows, not what.
pub(super) fn line(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = text.get(..end).unwrap_or_default();
    text.get(..text.find('\n').unwrap_or(end)).unwrap_or_default()
}

/// At most so many bytes before a byte.
pub(super) fn before(text: &str, at: usize, most: usize) -> &str {
    let mut start = at.saturating_sub(most);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    text.get(start..at).unwrap_or_default()
}
