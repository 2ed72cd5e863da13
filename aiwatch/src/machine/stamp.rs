//! Small files of root's own, in a folder that only root writes.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::SystemTime;

/// A file's modification time, if it is there.
pub fn time(path: &Path) -> Option<SystemTime> {
    path.symlink_metadata().ok()?.modified().ok()
}

/// Makes an empty file whose time is now. A failure is no reason to fail: the next run tries again.
pub fn touch(path: &Path) {
    write(path, b"");
}

/// The number that a file holds; 0 where there is none.
pub fn counted(path: &Path) -> u32 {
    fs::read_to_string(path).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

/// Writes a number.
pub fn count(path: &Path, number: u32) {
    write(path, format!("{number}\n").as_bytes());
}

/// Removes a file, if it is there.
pub fn forget(path: &Path) {
    let _ = fs::remove_file(path);
}

fn write(path: &Path, bytes: &[u8]) {
    if let Some(folder) = path.parent() {
        let _ = fs::create_dir_all(folder);
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = options.open(path).and_then(|mut file| file.write_all(bytes));
}
