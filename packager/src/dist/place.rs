//! Folders and files of dist/, with stated modes: the caller's umask does not count.

use super::*;
use tempfile::TempDir;

/// A folder to build in, beside `out`, so that the last step is a rename. Refuses to replace what is not ours.
pub(super) fn prepare(out: &Path) -> Result<TempDir> {
    let foreign = match fs::symlink_metadata(out) {
        Err(_) => false,
        Ok(found) if found.is_dir() => {
            let empty = fs::read_dir(out).map(|mut entries| entries.next().is_none()).unwrap_or(false);
            !empty && !out.join(lock::FILE).is_file()
        }
        Ok(_) => true,
    };
    if foreign {
        return Err(Failure::misuse(format!("{} exists and was not made by packager", out.display()))
            .hint("name another folder with --out, or remove this one"));
    }
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let cannot = |error: std::io::Error| {
        Failure::work(format!("cannot write to {}: {error}", parent.display()))
            .hint("name another folder with --out")
    };
    fs::create_dir_all(parent).map_err(cannot)?;
    tempfile::Builder::new().prefix(".packager-").tempdir_in(parent).map_err(cannot)
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
    let cannot = |error: std::io::Error| Failure::work(format!("cannot write {}: {error}", path.display()));
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

/// Puts the finished folder in the place of an earlier one.
pub(super) fn put(staging: TempDir, out: &Path) -> Result<()> {
    let cannot = |error: std::io::Error| Failure::work(format!("cannot replace {}: {error}", out.display()));
    folder_modes(staging.path()).map_err(cannot)?;
    let old = match fs::symlink_metadata(out) {
        Ok(_) => {
            let beside =
                out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let old = tempfile::Builder::new().prefix(".packager-old-").tempdir_in(beside).map_err(cannot)?;
            fs::rename(out, old.path().join("dist")).map_err(cannot)?;
            Some(old)
        }
        Err(_) => None,
    };
    // From here the staging folder is kept: it is the result.
    let staged = staging.keep();
    if let Err(error) = fs::rename(&staged, out) {
        if let Some(old) = &old {
            let _ = fs::rename(old.path().join("dist"), out);
        }
        let _ = fs::remove_dir_all(&staged);
        return Err(cannot(error));
    }
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
