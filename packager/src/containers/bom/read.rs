//! Reads a Bom that anyone wrote.

use std::collections::{BTreeMap, BTreeSet};

use super::{Item, Kind, MAGIC};

/// Most paths that are read.
const MAX_PATHS: usize = 500_000;
/// Most bytes that all paths together may take.
const MAX_PATH_BYTES: usize = 64 << 20;
/// Longest name or target of a link.
const MAX_NAME: usize = 4096;
/// Deepest folder.
const MAX_DEPTH: usize = 256;

/// What a Bom lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The paths, in the Bom's order. Names that are not UTF-8 are shown with replacement characters.
    pub items: Vec<Item>,
    /// The first path that is not in the order by folder and name. Searches would not find it.
    pub misplaced: Option<String>,
}

/// Reads a Bom.
pub fn read(bytes: &[u8]) -> Result<Listing, String> {
    let store = Store::open(bytes)?;
    let tree = store.variable("Paths")?;
    let mut at = Cursor(tree);
    if at.take(4)? != b"tree" {
        return Err("Paths is not a tree".to_owned());
    }
    let (_version, top, _size, count) = (at.u32()?, at.u32()?, at.u32()?, at.u32()?);
    let rows = rows(&store, top)?;
    if rows.len() as u64 != u64::from(count) {
        return Err(format!("the tree of paths says {count} paths and has {}", rows.len()));
    }
    let mut nodes = BTreeMap::new();
    for row in &rows {
        if nodes.insert(row.id, (row.parent, row.name.as_str())).is_some() {
            return Err(format!("two paths have the number {}", row.id));
        }
    }
    let place = |row: &Row| (row.parent, row.name.clone());
    let misplaced = rows.windows(2).find_map(|pair| match pair {
        [before, after] if place(before) >= place(after) => Some(after.name.clone()),
        _ => None,
    });
    let mut room = MAX_PATH_BYTES;
    let items = rows.iter().map(|row| {
        let path = path(&nodes, row.id)?;
        room = room.checked_sub(path.len()).ok_or("the paths are too long")?;
        Ok(Item { path, ..row.item.clone() })
    });
    Ok(Listing { items: items.collect::<Result<_, String>>()?, misplaced })
}

/// A path before its folders' names are known.
struct Row {
    id: u32,
    parent: u32,
    name: String,
    item: Item,
}

fn rows(store: &Store<'_>, top: u32) -> Result<Vec<Row>, String> {
    let mut number = top;
    let mut seen = BTreeSet::new();
    let mut rows = Vec::new();
    let mut room = MAX_PATH_BYTES;
    // Down the left edge to the first leaf, then along the leaves.
    loop {
        if !seen.insert(number) {
            return Err("the tree of paths runs in a circle".to_owned());
        }
        let mut at = Cursor(store.block(number)?);
        let (leaf, count, forward, _backward) = (at.u16()?, at.u16()?, at.u32()?, at.u32()?);
        if leaf == 0 {
            number = at.u32()?;
            continue;
        }
        for _ in 0..count {
            let row = row(store, at.u32()?, at.u32()?)?;
            let size = row.name.len() + row.item.target.as_ref().map_or(0, String::len);
            room = room.checked_sub(size).ok_or("the names are too long")?;
            rows.push(row);
            if rows.len() > MAX_PATHS {
                return Err(format!("more than {MAX_PATHS} paths"));
            }
        }
        if forward == 0 {
            return Ok(rows);
        }
        number = forward;
    }
}

fn row(store: &Store<'_>, described: u32, named: u32) -> Result<Row, String> {
    let mut at = Cursor(store.block(described)?);
    let (id, info) = (at.u32()?, at.u32()?);
    let mut at = Cursor(store.block(named)?);
    let parent = at.u32()?;
    let name = at.text()?;
    let mut at = Cursor(store.block(info)?);
    let kind = match at.u8()? {
        1 => Kind::File,
        2 => Kind::Folder,
        3 => Kind::Link,
        4 => Kind::Device,
        other => return Err(format!("{name:?} is of the unknown kind {other}")),
    };
    let (_, _, mode) = (at.u8()?, at.u16()?, at.u16()?);
    let (uid, gid, mtime, size) = (at.u32()?, at.u32()?, at.u32()?, at.u32()?);
    let _ = at.u8()?;
    let (checksum, target) = (at.u32()?, at.u32()?);
    let target = match (kind, target) {
        (Kind::Link, 1..) => Some(Cursor(at.take(target as usize)?).text()?),
        _ => None,
    };
    let item = Item { path: String::new(), kind, mode, uid, gid, mtime, size, checksum, target };
    Ok(Row { id, parent, name, item })
}

/// Puts the names of all folders before a name.
fn path(nodes: &BTreeMap<u32, (u32, &str)>, id: u32) -> Result<String, String> {
    let mut parts = Vec::new();
    let mut next = id;
    while next != 0 {
        let (parent, name) = nodes.get(&next).ok_or("a path's folder is missing")?;
        parts.push(*name);
        if parts.len() > MAX_DEPTH {
            return Err("a path lies too deep, or in itself".to_owned());
        }
        next = *parent;
    }
    parts.reverse();
    Ok(parts.join("/"))
}

/// The blocks and names of a store.
struct Store<'a> {
    bytes: &'a [u8],
    index: &'a [u8],
    variables: BTreeMap<String, u32>,
}

impl<'a> Store<'a> {
    fn open(bytes: &'a [u8]) -> Result<Store<'a>, String> {
        let mut at = Cursor(bytes);
        if at.take(8).ok() != Some(MAGIC.as_slice()) {
            return Err("does not begin with BOMStore".to_owned());
        }
        let (version, _blocks) = (at.u32()?, at.u32()?);
        if version != 1 {
            return Err(format!("is of version {version}, not 1"));
        }
        let (index_at, index_size, names_at, names_size) = (at.u32()?, at.u32()?, at.u32()?, at.u32()?);
        let index = part(bytes, index_at, index_size)?;
        let mut at = Cursor(part(bytes, names_at, names_size)?);
        let mut variables = BTreeMap::new();
        for _ in 0..at.u32()? {
            let (block, length) = (at.u32()?, at.u8()?);
            let name = String::from_utf8_lossy(at.take(length.into())?).into_owned();
            variables.insert(name, block);
        }
        Ok(Store { bytes, index, variables })
    }

    fn variable(&self, name: &str) -> Result<&'a [u8], String> {
        self.block(*self.variables.get(name).ok_or_else(|| format!("has no {name}"))?)
    }

    fn block(&self, number: u32) -> Result<&'a [u8], String> {
        let missing = || format!("block {number} is missing");
        let mut at = Cursor(self.index);
        if number == 0 || number >= at.u32()? {
            return Err(missing());
        }
        let skip = (number as usize).checked_mul(8).ok_or_else(missing)?;
        let mut at = Cursor(at.0.get(skip..).ok_or_else(missing)?);
        part(self.bytes, at.u32()?, at.u32()?)
    }
}

fn part(bytes: &[u8], at: u32, size: u32) -> Result<&[u8], String> {
    let end = (at as usize).checked_add(size as usize);
    end.and_then(|end| bytes.get(at as usize..end)).ok_or_else(|| "a block lies outside the file".to_owned())
}

/// What is left to read of a block.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or("a block is cut off")?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self, width: usize) -> Result<u32, String> {
        Ok(self.take(width)?.iter().fold(0, |value, byte| value << 8 | u32::from(*byte)))
    }

    fn u8(&mut self) -> Result<u8, String> {
        Ok(self.number(1)? as u8)
    }

    fn u16(&mut self) -> Result<u16, String> {
        Ok(self.number(2)? as u16)
    }

    fn u32(&mut self) -> Result<u32, String> {
        self.number(4)
    }

    /// Text up to its NUL.
    fn text(&mut self) -> Result<String, String> {
        let end = self.0.iter().take(MAX_NAME).position(|byte| *byte == 0).ok_or("a name has no end")?;
        Ok(String::from_utf8_lossy(self.take(end)?).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::super::write;
    use super::*;
    use crate::containers::cpio::{self, Entry};

    fn items(files: usize) -> Vec<Item> {
        let entry = |path: String, mode: u32, data: &'static [u8]| {
            Item::of(&Entry { path, mode, uid: 0, gid: 80, mtime: 7, data })
        };
        let mut items = vec![
            entry(".".to_owned(), cpio::FOLDER | 0o755, b""),
            entry("./folder".to_owned(), cpio::FOLDER | 0o755, b""),
            entry("./folder/link".to_owned(), cpio::LINK | 0o755, b"../file-0"),
        ];
        items.extend((0..files).map(|i| entry(format!("./file-{i}"), cpio::FILE | 0o644, b"content")));
        items
    }

    fn sorted(mut items: Vec<Item>) -> Vec<Item> {
        items.sort_by(|a, b| a.path.cmp(&b.path));
        items
    }

    #[test]
    fn what_is_written_is_read_also_from_many_leaves() {
        for files in [0, 1, 252, 253, 254, 600, 2000] {
            let items = items(files);
            let bytes = write(&items).expect("writes");
            let read = read(&bytes).expect("reads");
            assert_eq!(read.misplaced, None);
            assert_eq!(sorted(read.items), sorted(items), "{files} files");
        }
    }

    #[test]
    fn a_list_with_a_gap_is_refused() {
        let mut items = items(1);
        items.remove(1);
        assert!(write(&items).unwrap_err().contains("./folder"));
        assert!(write(&[]).is_err());
    }

    #[test]
    fn damage_is_an_error_and_never_a_panic() {
        let bytes = write(&items(30)).expect("writes");
        for end in (0..bytes.len()).step_by(97) {
            assert!(read(&bytes[..end]).is_err(), "cut at {end}");
        }
        for at in (0..bytes.len()).step_by(3) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0xff;
            let _ = read(&flipped);
        }
    }
}
