//! cpio in the old portable ASCII form ("odc"), the inside of a package's Payload and Scripts.
//!
//! A record is 76 ASCII bytes of octal fields, the name with a NUL, and the data, without any padding. Source:
//! cpio(5), "Portable ASCII Format". Hard links, devices and other forms of cpio are not written; the reader
//! shows what it finds and refuses other forms by name.

/// Begins every record.
pub const MAGIC: &[u8] = b"070707";

/// Name of the record that ends the archive.
const TRAILER: &str = "TRAILER!!!";

/// Bits of a mode that tell the kind of an entry.
pub const KIND: u32 = 0o170_000;
/// A regular file.
pub const FILE: u32 = 0o100_000;
/// A folder.
pub const FOLDER: u32 = 0o040_000;
/// A symbolic link.
pub const LINK: u32 = 0o120_000;

/// Longest name that the reader takes.
const MAX_NAME: usize = 4096;

/// Most entries that the reader takes.
const MAX_ENTRIES: usize = 1_000_000;

/// One entry. `D` is the data: owned, shared or borrowed bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<D> {
    /// Path as stored, such as `./usr/local/bin/tool`.
    pub path: String,
    /// Kind and permission bits, as `st_mode`.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Modification time, in seconds since 1970.
    pub mtime: u64,
    /// A file's content, a link's target, nothing for a folder.
    pub data: D,
}

impl<D> Entry<D> {
    /// Whether the entry is of this kind, such as [`FILE`].
    pub fn is(&self, kind: u32) -> bool {
        self.mode & KIND == kind
    }

    /// Permission bits alone.
    pub fn permissions(&self) -> u32 {
        self.mode & !KIND
    }
}

/// Writes an archive of these entries in this order. Fails on a value that its field cannot hold.
pub fn write<D: AsRef<[u8]>>(entries: &[Entry<D>]) -> Result<Vec<u8>, String> {
    let size = entries.iter().map(|entry| 80 + entry.path.len() + entry.data.as_ref().len()).sum::<usize>();
    let mut out = Vec::with_capacity(size + 88);
    for (index, entry) in entries.iter().enumerate() {
        let inode = index as u64 + 1;
        let links = if entry.is(FOLDER) { 2 } else { 1 };
        record(&mut out, entry, inode, links)?;
    }
    let end = Entry { path: TRAILER.to_owned(), mode: 0, uid: 0, gid: 0, mtime: 0, data: &[] };
    record(&mut out, &end, 0, 1)?;
    Ok(out)
}

fn record<D: AsRef<[u8]>>(out: &mut Vec<u8>, entry: &Entry<D>, inode: u64, links: u64) -> Result<(), String> {
    let data = entry.data.as_ref();
    let fields = [
        (0, 6),
        (inode, 6),
        (u64::from(entry.mode), 6),
        (u64::from(entry.uid), 6),
        (u64::from(entry.gid), 6),
        (links, 6),
        (0, 6),
        (entry.mtime, 11),
        (entry.path.len() as u64 + 1, 6),
        (data.len() as u64, 11),
    ];
    out.extend_from_slice(MAGIC);
    for (value, width) in fields {
        let digits = format!("{value:0width$o}");
        if digits.len() > width {
            return Err(format!("{}: a value of {value} does not fit cpio's odc form", entry.path));
        }
        out.extend_from_slice(digits.as_bytes());
    }
    if entry.path.contains('\0') {
        return Err(format!("{:?}: a name cannot hold a NUL", entry.path));
    }
    out.extend_from_slice(entry.path.as_bytes());
    out.push(0);
    out.extend_from_slice(data);
    Ok(())
}

/// Reads an archive, up to its trailer. Names that are not UTF-8 are shown with replacement characters.
pub fn read(bytes: &[u8]) -> Result<Vec<Entry<&[u8]>>, String> {
    let mut rest = bytes;
    let mut entries = Vec::new();
    loop {
        let at = bytes.len() - rest.len();
        let entry = next(&mut rest).map_err(|error| format!("cpio record at byte {at}: {error}"))?;
        if entry.path == TRAILER {
            break;
        }
        if entries.len() >= MAX_ENTRIES {
            return Err(format!("cpio archive has more than {MAX_ENTRIES} entries"));
        }
        entries.push(entry);
    }
    // Archivers fill the last block with zeros; anything else is not theirs.
    if rest.iter().any(|byte| *byte != 0) {
        return Err("cpio archive is followed by other data".to_owned());
    }
    Ok(entries)
}

fn next<'a>(rest: &mut &'a [u8]) -> Result<Entry<&'a [u8]>, String> {
    let magic = take(rest, MAGIC.len())?;
    if magic != MAGIC {
        return Err(match magic {
            b"070701" | b"070702" => "is of the newc form, not odc".to_owned(),
            _ => "does not begin with 070707".to_owned(),
        });
    }
    let mut field = |width: usize| octal(take(rest, width)?);
    let (_device, _inode) = (field(6)?, field(6)?);
    let (mode, uid, gid) = (field(6)?, field(6)?, field(6)?);
    let (_links, _rdev, mtime) = (field(6)?, field(6)?, field(11)?);
    let (name_size, size) = (field(6)?, field(11)?);
    let name_size = usize::try_from(name_size).unwrap_or(usize::MAX);
    if !(2..=MAX_NAME).contains(&name_size) {
        return Err(format!("has a name of {name_size} bytes"));
    }
    let (end, name) = take(rest, name_size)?.split_last().ok_or("has no name")?;
    if *end != 0 || name.contains(&0) {
        return Err("has a name that does not end in one NUL".to_owned());
    }
    let data = take(rest, usize::try_from(size).unwrap_or(usize::MAX))?;
    let path = String::from_utf8_lossy(name).into_owned();
    // Six octal digits are 18 bits, so the casts lose nothing.
    Ok(Entry { path, mode: mode as u32, uid: uid as u32, gid: gid as u32, mtime, data })
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Result<&'a [u8], String> {
    let (taken, left) = rest.split_at_checked(count).ok_or("is cut off")?;
    *rest = left;
    Ok(taken)
}

fn octal(digits: &[u8]) -> Result<u64, String> {
    digits.iter().try_fold(0u64, |value, digit| match digit {
        b'0'..=b'7' => Ok(value << 3 | u64::from(digit - b'0')),
        _ => Err("has a field that is not octal".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<Entry<Vec<u8>>> {
        let entry = |path: &str, mode, data: &[u8]| Entry {
            path: path.to_owned(),
            mode,
            uid: 0,
            gid: 0,
            mtime: 0,
            data: data.to_vec(),
        };
        vec![
            entry(".", FOLDER | 0o755, b""),
            entry("./a", FILE | 0o644, b"content"),
            entry("./l", LINK | 0o755, b"a"),
        ]
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = write(&sample()).expect("fits");
        let read = read(&bytes).expect("reads");
        assert_eq!(read.len(), 3);
        for (read, sample) in read.iter().zip(sample()) {
            assert_eq!(read.path, sample.path);
            assert_eq!((read.mode, read.data), (sample.mode, &sample.data[..]));
        }
    }

    #[test]
    fn a_value_too_big_for_its_field_is_refused() {
        let mut entries = sample();
        entries[0].uid = 0o1_000_000;
        assert!(write(&entries).unwrap_err().contains("does not fit"));
    }

    #[test]
    fn every_truncation_is_an_error() {
        let bytes = write(&sample()).expect("fits");
        for end in 0..bytes.len() {
            assert!(read(&bytes[..end]).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn other_forms_are_named() {
        assert!(read(b"070701000").unwrap_err().contains("newc"));
        assert!(read(b"\x28\x3a").is_err());
    }
}
