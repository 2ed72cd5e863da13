//! The user's `config.yaml`, shared with the earlier product: `default_host`, and per host key `url` and `secret`.
//!
//! It may hold secrets, so it is made with mode 0600 and never has another one, not for a moment; a file that
//! others can read, or that belongs to someone else, is not used. Edits keep all that is not ours.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use aiwatch_contract::{USER_CONFIG, USER_STATE_DIR};
use zeroize::Zeroizing;

use super::host_key;
use crate::documents::{Refusal, yaml};
use crate::secret::Secret;
use crate::settings;

/// Most bytes of the file.
const LARGEST: u64 = 1 << 20;

/// A text that may hold secrets.
pub type Text = Zeroizing<String>;

/// Why the file was not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigError {
    /// Others can read it, so that a key in it is no longer this user's alone.
    Exposed,
    /// It is not this user's own, or no plain file, or others may write it.
    NotOurs(&'static str),
    /// It cannot be understood.
    Refused(Refusal),
    /// The system refused.
    Io(ErrorKind, String),
}

impl ConfigError {
    /// What to do next.
    pub fn hint(&self, path: &Path) -> String {
        let shown = path.display();
        match self {
            ConfigError::Exposed => format!("run chmod 600 {shown}, and replace the keys that it holds"),
            ConfigError::NotOurs(_) => format!("move {shown} away, and log in or enroll again"),
            ConfigError::Refused(_) => format!("correct {shown}, or move it away and log in or enroll again"),
            ConfigError::Io(..) => format!("give this user the right to read and write {shown}"),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConfigError::Exposed => f.write_str("others than its owner can read it, so it is not used"),
            ConfigError::NotOurs(reason) => write!(f, "{reason}, so it is not used"),
            ConfigError::Refused(refusal) => write!(f, "{refusal}"),
            ConfigError::Io(_, reason) => f.write_str(reason),
        }
    }
}

impl From<std::io::Error> for ConfigError {
    fn from(error: std::io::Error) -> ConfigError {
        ConfigError::Io(error.kind(), error.to_string())
    }
}

impl From<Refusal> for ConfigError {
    fn from(refusal: Refusal) -> ConfigError {
        ConfigError::Refused(refusal)
    }
}

/// What is kept of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key, if it is in the file.
    pub secret: Option<Secret>,
}

/// Where the file is.
pub fn path(home: &Path) -> PathBuf {
    home.join(USER_STATE_DIR).join(USER_CONFIG)
}

/// The file's text; `None` where there is no file.
pub fn read(home: &Path) -> Result<Option<Text>, ConfigError> {
    match open(home)? {
        None => Ok(None),
        Some((_, Guarded::Exposed)) => Err(ConfigError::Exposed),
        Some((text, Guarded::Private)) => Ok(Some(text)),
    }
}

/// The usual host.
pub fn default_host(text: &str) -> Result<Option<String>, ConfigError> {
    Ok(yaml::get(text, &["default_host"])?)
}

/// What is kept of a host. An entry for another address under the same key, such as http for https, does not count.
pub fn entry(text: &str, host: &str) -> Result<Option<Entry>, ConfigError> {
    let key = host_key(host);
    let url = yaml::get(text, &["hosts", &key, "url"])?;
    if url.and_then(|url| settings::host(&url).ok()).as_deref() != Some(host) {
        return Ok(None);
    }
    let secret = yaml::get(text, &["hosts", &key, "secret"])?.map(Secret::new);
    Ok(Some(Entry { secret: secret.filter(|secret| !secret.reveal().is_empty()) }))
}

/// An organization's key of a host, by its label.
pub fn org_api_key(text: &str, host: &str, label: &str) -> Result<Option<Secret>, ConfigError> {
    if entry(text, host)?.is_none() {
        return Ok(None);
    }
    let key = yaml::get(text, &["hosts", &host_key(host), "org_api_keys", label])?.map(Secret::new);
    Ok(key.filter(|key| !key.reveal().is_empty()))
}

/// The text with an entry for a host.
pub(super) fn with_entry(text: &str, host: &str, secret: Option<&Secret>) -> Result<Text, ConfigError> {
    let key = host_key(host);
    let mut text = Text::new(yaml::set(text, &["hosts", &key, "url"], host)?);
    let path = ["hosts", &key, "secret"];
    text = Text::new(match secret {
        Some(secret) => yaml::set(&text, &path, secret.reveal())?,
        None => yaml::remove(&text, &path)?,
    });
    if yaml::get(&text, &["default_host"])?.is_none() {
        return with_default_host(&text, host);
    }
    Ok(text)
}

/// The text with another usual host.
pub(super) fn with_default_host(text: &str, host: &str) -> Result<Text, ConfigError> {
    Ok(Text::new(yaml::set(text, &["default_host"], host)?))
}

/// The text without the key of a host, and whether there was one. The entry itself stays if there is more in it.
pub(super) fn without_entry(text: &str, host: &str) -> Result<(Text, bool), ConfigError> {
    let key = host_key(host);
    let names = yaml::keys(text, &["hosts", &key])?;
    let had = names.iter().any(|name| name == "secret");
    let ours = |name: &String| name == "secret" || name == "url";
    let text = if names.is_empty() {
        text.to_owned()
    } else if names.iter().all(ours) {
        yaml::remove(text, &["hosts", &key])?
    } else {
        yaml::remove(text, &["hosts", &key, "secret"])?
    };
    Ok((Text::new(text), had))
}

/// Replaces the file atomically, if its text changes. A file that others could read is mended by that: what it
/// held is exposed already, and what it gets is written with mode 0600.
pub(super) fn edit(
    home: &Path,
    change: impl FnOnce(&str) -> Result<Text, ConfigError>,
) -> Result<(), ConfigError> {
    let (before, guarded) = match open(home)? {
        Some((text, guarded)) => (text, guarded),
        None => (Text::default(), Guarded::Private),
    };
    let after = change(&before)?;
    if *after == *before && guarded == Guarded::Private {
        return Ok(());
    }
    replace(&path(home), after.as_bytes())?;
    Ok(())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Guarded {
    Private,
    #[cfg_attr(windows, allow(dead_code, reason = "a profile is its user's alone there"))]
    Exposed,
}

fn open(home: &Path) -> Result<Option<(Text, Guarded)>, ConfigError> {
    let mut options = OpenOptions::new();
    options.read(true);
    without_following(&mut options);
    let file = match options.open(path(home)) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(_) if path(home).is_symlink() => return Err(ConfigError::NotOurs("it is a link")),
        Err(error) => return Err(error.into()),
    };
    let guarded = judge(&file)?;
    let mut text = Text::default();
    let size = file.take(LARGEST + 1).read_to_string(&mut text)?;
    if size as u64 > LARGEST {
        return Err(Refusal::new("it is larger than 1 MiB").into());
    }
    Ok(Some((text, guarded)))
}

#[cfg(unix)]
fn without_following(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    // A pipe in the file's place must not make a hook wait for a writer.
    options.custom_flags((nix::fcntl::OFlag::O_NOFOLLOW | nix::fcntl::OFlag::O_NONBLOCK).bits());
}

#[cfg(unix)]
fn judge(file: &File) -> Result<Guarded, ConfigError> {
    use std::os::unix::fs::MetadataExt;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(ConfigError::NotOurs("it is no plain file"));
    }
    if metadata.uid() != nix::unistd::geteuid().as_raw() {
        return Err(ConfigError::NotOurs("it belongs to another user"));
    }
    match metadata.mode() & 0o077 {
        0 => Ok(Guarded::Private),
        others if others & 0o022 != 0 => Err(ConfigError::NotOurs("others than its owner can write it")),
        _ => Ok(Guarded::Exposed),
    }
}

#[cfg(windows)]
fn without_following(_options: &mut OpenOptions) {}

/// Windows gives what is below a profile to its user, the administrators and the system alone.
#[cfg(windows)]
fn judge(file: &File) -> Result<Guarded, ConfigError> {
    if file.metadata()?.is_file() {
        Ok(Guarded::Private)
    } else {
        Err(ConfigError::NotOurs("it is no plain file"))
    }
}

/// Makes the folder of state, for this user alone.
pub(super) fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().ok_or(ErrorKind::InvalidInput)?;
    make_folder(folder)?;
    let aside = folder.join(format!(".{USER_CONFIG}.{}", std::process::id()));
    let result = write_aside(&aside, bytes).and_then(|()| std::fs::rename(&aside, path));
    if result.is_err() {
        let _ = std::fs::remove_file(&aside);
    }
    result?;
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

fn write_aside(aside: &Path, bytes: &[u8]) -> std::io::Result<()> {
    // What a killed process of the same number left behind.
    match std::fs::remove_file(aside) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(aside)?;
    file.write_all(bytes)?;
    file.sync_all()
}
