//! By `/proc/self/mountinfo`, described in proc_pid_mountinfo(5).

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use super::Mount;

/// Types whose files are on another machine. `autofs` is a place where one will be mounted when it is looked at.
const NETWORK: &[&str] = &[
    "afs",
    "autofs",
    "beegfs",
    "ceph",
    "cifs",
    "davfs",
    "fuse.ceph",
    "fuse.davfs2",
    "fuse.gcsfuse",
    "fuse.glusterfs",
    "fuse.juicefs",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.sshfs",
    "glusterfs",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "smb3",
    "smbfs",
];

#[cfg(not(any(target_os = "macos", windows)))]
pub(super) fn mounts(_folder: &Path) -> Vec<Mount> {
    std::fs::read("/proc/self/mountinfo").map(|text| parse(&text)).unwrap_or_default()
}

/// The rows of the list; rows that are not as described are passed over.
fn parse(text: &[u8]) -> Vec<Mount> {
    text.split(|byte| *byte == b'\n').filter_map(row).collect()
}

/// `36 35 98:0 /root /point options optional... - type source options`
fn row(line: &[u8]) -> Option<Mount> {
    let mut words = line.split(|byte| *byte == b' ');
    let device = std::str::from_utf8(words.nth(2)?).ok()?;
    let (major, minor) = device.split_once(':')?;
    let device = u64::from(major.parse::<u32>().ok()?) << 32 | u64::from(minor.parse::<u32>().ok()?);
    let point = PathBuf::from(OsString::from_vec(unescaped(words.nth(1)?)));
    words.find(|word| *word == b"-")?;
    let kind = String::from_utf8_lossy(words.next()?).into_owned();
    let network = NETWORK.contains(&kind.as_str());
    Some(Mount { point, kind, network, device })
}

/// Blanks and backslashes are written as three octal digits.
fn unescaped(word: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word;
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) if *first == b'\\' => {
                bytes.push(byte);
                rest = after.get(3..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::super::Mounts;
    use super::*;

    const LIST: &[u8] = b"\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n\
30 22 0:28 / /people rw master:2 propagate_from:1 - autofs systemd-1 rw\n\
31 30 254:1 / /people rw shared:3 - ext4 /dev/vdb rw\n\
40 31 0:44 / /people/dev/team\\040files rw - nfs4 server:/x rw\n\
41 31 254:1 /src /people/dev/bound rw - ext4 /dev/vdb rw\n\
42 31 0:45 / /people/developer rw - tmpfs tmpfs rw\n\
a broken row\n\
43 31 0:x / /people/dev/broken rw - tmpfs tmpfs rw\n";

    #[test]
    fn the_last_of_the_longest_holds_a_path() {
        let mounts = Mounts(parse(LIST));
        let kind = |path| mounts.holding(Path::new(path)).map(|mount| (mount.kind.as_str(), mount.network));
        assert_eq!(kind("/people/dev"), Some(("ext4", false)));
        assert_eq!(kind("/people/developer/x"), Some(("tmpfs", false)));
        assert_eq!(kind("/people/dev/team files/x"), Some(("nfs4", true)));
        assert_eq!(kind("/opt"), Some(("ext4", false)));
        assert_eq!(kind("relative"), None);
    }

    #[test]
    fn what_is_below_is_told_by_its_place() {
        let mounts = Mounts(parse(LIST));
        let home = Path::new("/people/dev");
        let below: Vec<_> = mounts.below(home).map(|(place, mount)| (place, mount.left_out())).collect();
        let (team, bound) = (Path::new("team files"), Path::new("bound"));
        let told =
            ["a network mount (nfs4)", "another file system is mounted here (ext4)"].map(str::to_owned);
        let [first, second] = told;
        assert_eq!(below, [(team, first), (bound, second)]);
        let device = |path| mounts.holding(Path::new(path)).map(|mount| mount.device);
        assert_eq!(device("/people/dev/bound/x"), device("/people/dev"));
        assert_ne!(device("/people/dev"), device("/"));
    }

    #[test]
    fn this_machine_has_a_root() {
        let mounts = Mounts::around(Path::new("/"));
        assert!(mounts.holding(Path::new("/")).is_some_and(|mount| !mount.kind.is_empty()), "{mounts:?}");
    }
}
