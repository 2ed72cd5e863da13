//! Which names are those of secrets: of variables, options, headers and members.

/// How much a name says about its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Nothing.
    Plain,
    /// It can be a secret: `key`, `auth`, `session`.
    Weak,
    /// It is one.
    Strong,
}

const STRONG: [&str; 18] = [
    "token",
    "secret",
    "password",
    "passwd",
    "pwd",
    "pass",
    "passphrase",
    "passcode",
    "apikey",
    "authtoken",
    "bearer",
    "jwt",
    "authorization",
    "dsn",
    "pw",
    "psk",
    "connstr",
    "apitoken",
];
/// How names without signs between their words end.
const ENDINGS: [&str; 14] = [
    "password",
    "passwd",
    "secret",
    "apikey",
    "authtoken",
    "accesstoken",
    "refreshtoken",
    "apitoken",
    "accesskey",
    "secretkey",
    "privatekey",
    "passphrase",
    "bearertoken",
    "accountkey",
];
const WEAK: [&str; 13] = [
    "auth",
    "cookie",
    "cookies",
    "session",
    "signature",
    "sig",
    "credential",
    "credentials",
    "secrets",
    "pat",
    "creds",
    "header",
    "sid",
];
/// What a key is that is none.
const HARMLESS_KEYS: [&str; 23] = [
    "primary",
    "foreign",
    "sort",
    "partition",
    "public",
    "cache",
    "group",
    "index",
    "map",
    "dict",
    "object",
    "row",
    "column",
    "unique",
    "hot",
    "arrow",
    "cmd",
    "i",
    "translation",
    "registry",
    "lookup",
    "node",
    "pub",
];
const SECRET_KEYS: [&str; 22] = [
    "api",
    "access",
    "private",
    "secret",
    "account",
    "encryption",
    "signing",
    "master",
    "service",
    "auth",
    "shared",
    "client",
    "admin",
    "deploy",
    "subscription",
    "webhook",
    "license",
    "org",
    "user",
    "enrollment",
    "storage",
    "app",
];
/// What a token is that is none.
const HARMLESS_TOKENS: [&str; 16] = [
    "max",
    "next",
    "page",
    "num",
    "cancellation",
    "stop",
    "pad",
    "eos",
    "bos",
    "sep",
    "unk",
    "mask",
    "special",
    "per",
    "continuation",
    "cancel",
];
/// Last words of names for something about a secret.
const DESCRIPTORS: [&str; 68] = [
    "type",
    "url",
    "uri",
    "endpoint",
    "file",
    "path",
    "dir",
    "name",
    "names",
    "field",
    "fields",
    "length",
    "limit",
    "count",
    "timeout",
    "ttl",
    "expiry",
    "expires",
    "size",
    "ref",
    "policy",
    "mode",
    "method",
    "provider",
    "scheme",
    "format",
    "prefix",
    "label",
    "hint",
    "env",
    "var",
    "max",
    "min",
    "budget",
    "usage",
    "id",
    "ids",
    "version",
    "algorithm",
    "arn",
    "bindings",
    "store",
    "enabled",
    "required",
    "placeholder",
    "description",
    "title",
    "regex",
    "pattern",
    "rotation",
    "manager",
    "helper",
    "domain",
    "realm",
    "server",
    "host",
    "port",
    "user",
    "username",
    "issuer",
    "audience",
    "scope",
    "scopes",
    "style",
    "sock",
    "header",
    "index",
    "at",
];

/// How much a name says about its value.
pub fn weight(name: &str) -> Weight {
    if !is_telling(name) {
        return Weight::Plain;
    }
    let mut words = [""; 6];
    let mut count = 0;
    for word in Words(name) {
        let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
        if word.is_empty() {
            continue;
        }
        words.rotate_left(1);
        words[5] = word;
        count += 1;
    }
    let [.., before, last] = words;
    let is = |word: &str, list: &[&str]| list.iter().any(|known| word.eq_ignore_ascii_case(known));
    let ends = |word: &str, end: &str| {
        word.len() > end.len()
            && word.get(word.len() - end.len()..).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
    };
    let upper = !name.bytes().any(|byte| byte.is_ascii_lowercase());
    if is(last, &STRONG) {
        let harmless = is(last, &["token"]) && is(before, &HARMLESS_TOKENS)
            // The shell's own variables for where it is.
            || is(last, &["pwd"]) && (name == "PWD" || name == "OLDPWD");
        return if harmless { Weight::Plain } else { Weight::Strong };
    }
    if ENDINGS.iter().any(|end| ends(last, end) || last.eq_ignore_ascii_case(end)) {
        return Weight::Strong;
    }
    if is(last, &["key"]) {
        return match () {
            () if is(before, &HARMLESS_KEYS) => Weight::Plain,
            () if is(before, &SECRET_KEYS) || upper && count > 1 => Weight::Strong,
            () => Weight::Weak,
        };
    }
    if is(last, &["string", "str"]) && is(before, &["connection", "conn"]) {
        return Weight::Strong;
    }
    if is(last, &DESCRIPTORS) && !(is(last, &["id"]) && is(before, &["session", "sess"])) {
        return Weight::Plain;
    }
    if is(last, &WEAK) || is(last, &["id"]) {
        return Weight::Weak;
    }
    let above = words.iter().take(5).any(|word| is(word, &STRONG));
    let password = upper && words.iter().any(|word| is(word, &["pgpassword", "pgpass"]));
    match () {
        () if password || above && upper => Weight::Strong,
        () if above => Weight::Weak,
        () => Weight::Plain,
    }
}

/// Whether three letters in a row are of a word that says something: most names have none.
fn is_telling(name: &str) -> bool {
    name.len() == 2
        || name.as_bytes().windows(3).any(|three| {
            let lower = |at: usize| three.get(at).map_or(0, u8::to_ascii_lowercase);
            matches!(
                &[lower(0), lower(1), lower(2)],
                b"tok" | b"sec" | b"ass" | b"pwd" | b"key" | b"aut" | b"ook" | b"ses" | b"sig" | b"red" | b"cre"
                    | b"jwt" | b"dsn" | b"psk" | b"pat" | b"ear" | b"ead" | b"sid" | b"onn" | b"_pw" | b"-pw"
            )
        })
}

/// Whether a name is that of a password, of which any value is one.
pub fn is_password(name: &str) -> bool {
    let mut last = "";
    Words(name).for_each(|word| last = word);
    ["password", "passwd", "pwd", "passphrase", "pass"].iter().any(|known| {
        last.len() >= known.len()
            && last.get(last.len() - known.len()..).is_some_and(|tail| tail.eq_ignore_ascii_case(known))
    })
}

/// The words of a name: between signs, and as capital letters divide them.
struct Words<'n>(&'n str);

impl<'n> Iterator for Words<'n> {
    type Item = &'n str;

    fn next(&mut self) -> Option<&'n str> {
        let name = self.0.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        let bytes = name.as_bytes();
        let mut end = 0;
        while let Some(byte) = bytes.get(end).filter(|byte| byte.is_ascii_alphanumeric()) {
            let next = bytes.get(end + 1);
            let after = bytes.get(end + 2);
            end += 1;
            let upper = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_uppercase);
            let lower = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_lowercase);
            let begins = !byte.is_ascii_uppercase() && upper(next)
                || byte.is_ascii_uppercase() && upper(next) && lower(after);
            if begins {
                break;
            }
        }
        let word = name.get(..end).filter(|word| !word.is_empty())?;
        self.0 = name.get(end..).unwrap_or_default();
        Some(word)
    }
}
