//! Reads and judges `tenant.toml`: every error with its line, all at once, and nothing else happens.
//!
//! Text is judged first as TOML, then by its keys and types, then by its values. What fails one judgement is
//! not put to the next, so that one mistake gives one error.

use std::path::Path;

use toml::de::DeTable;

use super::{TenantManifest, fields};

mod found;
mod host;
mod preferences;
mod problem;
mod resolve;
mod settings;
mod source;
mod targets;
mod text;

pub use problem::{Excerpt, Place, Problem, Problems};

pub(super) use host::origin;
pub(super) use resolve::env_name_fault;
pub(super) use settings::{organization_fault, team_id_fault, tenant_name_fault};

use found::Found;
use source::Source;

/// Most bytes of a manifest.
pub const MAX_MANIFEST: usize = 1 << 20;

/// Where values outside the manifest come from: passed in, so that tests need no process environment.
pub struct Outside<'a> {
    /// Looks an environment variable up.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// Reads a file, by its path relative to the manifest's folder. Longer files than
    /// [`fields::MAX_VALUE`] need not be read to their end.
    pub file: &'a dyn Fn(&Path) -> std::io::Result<Vec<u8>>,
}

/// What is wrong with a value and how to mend it, before it is known where the value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Continues "tenant.host ".
    pub message: String,
    /// How to mend it.
    pub hint: String,
}

impl Fault {
    fn new(message: impl Into<String>, hint: impl Into<String>) -> Fault {
        Fault { message: message.into(), hint: hint.into() }
    }
}

/// Parses the text of one manifest.
pub fn parse(path: &Path, text: &str, outside: &Outside<'_>) -> Result<TenantManifest, Problems> {
    if text.len() > MAX_MANIFEST {
        let message = format!("the manifest has more than {MAX_MANIFEST} bytes");
        return Err(Problems::unreadable(path, message, "name a tenant manifest, not another file"));
    }
    let mut source = Source::new(text);
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let span = error.span().unwrap_or(text.len()..text.len());
        source.not_toml(span, format!("not TOML: {}", error.message()), syntax_hint(error.message()));
    }
    if !source.is_clean() {
        return Err(source.problems(path));
    }
    source.hide_values(document.get_ref());
    let found = Found::collect(document.get_ref(), &mut source);
    let mut targets = targets::targets(&found, &mut source);
    let preferences = preferences::preferences(&found, &mut targets, outside, &mut source);
    let settings = settings::settings(&found, &targets, &mut source);
    match (preferences, settings, source.is_clean()) {
        (Some(preferences), Some(settings), true) => Ok(TenantManifest {
            path: path.to_owned(),
            tenant: settings.tenant,
            organization: settings.organization,
            preferences,
            team_id: settings.team_id,
            mdms: targets.mdms,
            outputs: targets.outputs,
            spellings: targets.spellings,
            config_revision: settings.config_revision,
            release: settings.release,
        }),
        _ => Err(source.problems(path)),
    }
}

/// Reads a manifest with this process's environment and the files around it; gives its bytes, too.
pub fn read(path: &Path) -> Result<(TenantManifest, Vec<u8>), Problems> {
    let unreadable = |error: &dyn std::fmt::Display| {
        Problems::unreadable(
            path,
            format!("cannot be read: {error}"),
            "name a tenant manifest: packager init writes one",
        )
    };
    let bytes = read_at_most(path, MAX_MANIFEST).map_err(|error| unreadable(&error))?;
    let text = std::str::from_utf8(&bytes).map_err(|error| unreadable(&error))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let outside = Outside {
        // What is not UTF-8 is there, and is judged as broken text.
        env: &|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()),
        file: &|name| read_at_most(&folder.join(name), fields::MAX_FILE),
    };
    let manifest = parse(path, text, &outside)?;
    Ok((manifest, bytes))
}

/// The file's bytes; one more than `most` where it is longer, so that a device file cannot fill the memory.
fn read_at_most(path: &Path, most: usize) -> std::io::Result<Vec<u8>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(most as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn syntax_hint(message: &str) -> &'static str {
    if message.contains("duplicate key") {
        "keep one of the two"
    } else if message.contains("string") || message.contains("quot") {
        "texts stand in double quotes, and within them \\ is written \\\\ and \" is written \\\""
    } else {
        "a line is a [table], a key = value, or a # comment"
    }
}

/// Whether this is the name of a table or of a key whose value may be shown.
fn is_public_name(name: &str) -> bool {
    let bare = name.trim_matches(|c| matches!(c, '[' | ']' | ' '));
    let table = fields::TABLES.iter().any(|(table, _)| *table == bare);
    let field = fields::fields().iter().any(|field| field.key == bare && field.table != fields::KEYS);
    (table && name.starts_with('[')) || field
}
