//! Settings in files: regular, small, and written by no one but root.

use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::settings::Layer;

/// Most bytes of a file of settings.
const LARGEST: u64 = 1 << 20;
/// Mode bits by which others than the owner may write.
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// How a file holds settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// XML or binary property list.
    PropertyList,
    /// JSON object.
    Json,
}

/// Whose file counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Only root's, and only if no one else may write it. What devices use.
    Root,
    /// Anyone's, for tests that do not run as root.
    Anyone,
}

/// The settings of a file. A file that is there and cannot be used is unreadable, not absent.
pub fn layer(path: &Path, format: Format, owner: Owner) -> Layer {
    let place = path.display().to_string();
    match read(path, owner) {
        Ok(None) => Layer::absent(place),
        Err(reason) => Layer::unreadable(place, reason),
        Ok(Some(bytes)) => match format {
            Format::PropertyList => Layer::plist(place, &bytes),
            Format::Json => Layer::json(place, &bytes),
        },
    }
}

fn read(path: &Path, owner: Owner) -> Result<Option<Vec<u8>>, String> {
    // Looked at before it is opened, because opening a pipe waits; and again once open, because only then is it
    // certain which file was looked at.
    match path.metadata() {
        Ok(metadata) => acceptable(&metadata, owner)?,
        Err(error) if is_absent(error.kind()) => return Ok(None),
        Err(error) => return Err(error.to_string()),
    }
    let file = File::open(path).map_err(|error| error.to_string())?;
    acceptable(&file.metadata().map_err(|error| error.to_string())?, owner)?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LARGEST {
        return Err(too_large());
    }
    Ok(Some(bytes))
}

fn is_absent(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn acceptable(metadata: &Metadata, owner: Owner) -> Result<(), String> {
    if !metadata.is_file() {
        return Err("not a regular file".to_owned());
    }
    if owner == Owner::Root && metadata.uid() != 0 {
        return Err("not owned by root".to_owned());
    }
    if owner == Owner::Root && metadata.mode() & WRITABLE_BY_OTHERS != 0 {
        return Err("writable by others than root".to_owned());
    }
    if metadata.len() > LARGEST { Err(too_large()) } else { Ok(()) }
}

fn too_large() -> String {
    format!("larger than {LARGEST} bytes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Content;

    fn reason(layer: Layer) -> String {
        match layer.content {
            Content::Unreadable(reason) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_not_there_is_absent() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "{}").unwrap();
        for path in [folder.path().join("none"), file.join("below a file")] {
            assert_eq!(layer(&path, Format::Json, Owner::Anyone).content, Content::Absent);
        }
    }

    #[test]
    fn what_is_there_and_cannot_be_used_is_unreadable() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        assert_eq!(reason(layer(folder.path(), Format::Json, Owner::Anyone)), "not a regular file");
        assert_eq!(reason(layer(Path::new("/dev/zero"), Format::Json, Owner::Anyone)), "not a regular file");
        std::fs::write(&file, vec![b' '; LARGEST as usize + 1]).unwrap();
        assert_eq!(reason(layer(&file, Format::Json, Owner::Anyone)), "larger than 1048576 bytes");
        std::fs::write(&file, "not settings").unwrap();
        assert!(reason(layer(&file, Format::Json, Owner::Anyone)).starts_with("not a JSON object"));
        assert!(reason(layer(&file, Format::PropertyList, Owner::Anyone)).contains("not a property list"));
    }

    #[test]
    fn only_roots_own_file_counts() {
        use std::os::unix::fs::{PermissionsExt, chown};
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "{}").unwrap();
        let as_root = file.metadata().unwrap().uid() == 0;
        if as_root {
            assert_eq!(layer(&file, Format::Json, Owner::Root).content, Content::Values(Default::default()));
            std::fs::set_permissions(&file, PermissionsExt::from_mode(0o664)).unwrap();
            assert_eq!(reason(layer(&file, Format::Json, Owner::Root)), "writable by others than root");
            chown(&file, Some(12345), None).unwrap();
        }
        assert_eq!(reason(layer(&file, Format::Json, Owner::Root)), "not owned by root");
    }
}
