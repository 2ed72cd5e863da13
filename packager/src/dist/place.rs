//! Folders and files of dist/, with stated modes: the caller's umask does not count.

use std::collections::HashSet;
use std::path::PathBuf;

use super::*;
use tempfile::TempDir;

/// A place for dist/: a folder's own name in its parent, as a rename needs them.
pub(super) struct Place {
    path: PathBuf,
    parent: PathBuf,
}

impl Place {
    /// The place that the caller names. Refuses what cannot be put in place whole or is not ours to replace:
    /// `.`, `..` and `/`, symbolic links, files, and folders that hold anything but an earlier build.
    pub(super) fn of(out: &Path) -> Result<Place> {
        // Taken apart and joined, a path has no trailing `/` or `/.`, behind which a link would be followed.
        let path: PathBuf = out.components().collect();
        let named = path.file_name().is_some() && path.parent().is_some();
        let Some(parent) = path.parent().filter(|_| named) else {
            let message =
                format!("{:?} names no folder that can be replaced as a whole", out.display().to_string());
            return Err(Failure::misuse(message).hint("name a folder inside it, such as --out dist"));
        };
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent }.to_owned();
        let place = Place { path, parent };
        place.refuse_foreign()?;
        Ok(place)
    }

    fn refuse_foreign(&self) -> Result<()> {
        let shown = self.path.display();
        let Ok(found) = fs::symlink_metadata(&self.path) else { return Ok(()) };
        if found.is_symlink() {
            return Err(Failure::misuse(format!(
                "{shown} is a symbolic link, and replacing it would break it"
            ))
            .hint("name the folder itself with --out"));
        }
        let empty = || fs::read_dir(&self.path).is_ok_and(|mut entries| entries.next().is_none());
        if found.is_dir() && empty() {
            return Ok(());
        }
        let known = found.is_dir().then(|| lock::artifacts(&self.path.join(lock::FILE))).flatten();
        let Some(known) = known else {
            return Err(Failure::misuse(format!("{shown} exists and was not made by packager"))
                .hint("name another folder with --out, or remove this one"));
        };
        match stranger(&self.path, &self.path, &known) {
            None => Ok(()),
            Some(file) => {
                let message = format!("{} was not made by packager, and would be lost", file.display());
                Err(Failure::misuse(message)
                    .hint("move it out of the folder, or name another one with --out"))
            }
        }
    }

    /// A folder to build in, beside the place, so that the last step is a rename.
    pub(super) fn prepare(&self) -> Result<TempDir> {
        let cannot = |error: std::io::Error| {
            Failure::work(format!("cannot write to {}: {error}", self.parent.display()))
                .hint("name another folder with --out")
        };
        fs::create_dir_all(&self.parent).map_err(cannot)?;
        tempfile::Builder::new().prefix(".packager-").tempdir_in(&self.parent).map_err(cannot)
    }

    /// Puts the finished folder in the place of an earlier one.
    pub(super) fn put(&self, staging: TempDir) -> Result<()> {
        let out = &self.path;
        let cannot = |error: std::io::Error| {
            Failure::work(format!("cannot replace {}: {error}", out.display())).hint(
                "another build may have replaced it meanwhile: build again, or name another folder with --out",
            )
        };
        folder_modes(staging.path()).map_err(cannot)?;
        let old = match fs::symlink_metadata(out) {
            Ok(_) => {
                let old = tempfile::Builder::new()
                    .prefix(".packager-old-")
                    .tempdir_in(&self.parent)
                    .map_err(cannot)?;
                fs::rename(out, old.path().join("dist")).map_err(cannot)?;
                Some(old)
            }
            Err(_) => None,
        };
        // From here the staging folder is kept: it is the result.
        let staged = staging.keep();
        if let Err(error) = fs::rename(&staged, out) {
            let _ = fs::remove_dir_all(&staged);
            if let Some(old) = old
                && fs::rename(old.path().join("dist"), out).is_err()
            {
                // Dropping the folder would delete the earlier build with it.
                let kept = old.keep().join("dist");
                return Err(cannot(error).hint(format!("the earlier build is in {}", kept.display())));
            }
            return Err(cannot(error));
        }
        Ok(())
    }
}

/// A file below a folder that an earlier build did not make; also one that cannot be told.
fn stranger(top: &Path, folder: &Path, known: &HashSet<String>) -> Option<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Some(folder.to_owned()) };
    for entry in entries {
        let Ok(entry) = entry else { return Some(folder.to_owned()) };
        let path = entry.path();
        let found = if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            stranger(top, &path, known)
        } else {
            let name = path.strip_prefix(top).ok().and_then(Path::to_str);
            let ours = name.is_some_and(|name| name == SUMS || name == lock::FILE || known.contains(name));
            (!ours).then_some(path)
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

/// Writes a file that must not exist yet.
pub(super) fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    write_with(path, mode, |out| out.write_all(bytes))
}

/// The same, from what writes the content piece by piece.
pub(super) fn write_with(
    path: &Path,
    mode: u32,
    content: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<()> {
    let cannot = |error: std::io::Error| {
        Failure::work(format!("cannot write {}: {error}", path.display()))
            .hint("make room there, or name another folder with --out")
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(cannot)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode & 0o700);
    let mut file = std::io::BufWriter::new(options.open(path).map_err(cannot)?);
    content(&mut file).map_err(cannot)?;
    let file = file.into_inner().map_err(|error| cannot(error.into_error()))?;
    set_mode(&file, mode).map_err(cannot)
}

#[cfg(unix)]
fn set_mode(file: &fs::File, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_file: &fs::File, _mode: u32) -> std::io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn folder_modes(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            folder_modes(&entry.path())?;
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn folder_modes(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}
