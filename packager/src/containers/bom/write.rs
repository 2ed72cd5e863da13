//! Writes a Bom.

use std::collections::BTreeMap;

use super::{Item, MAGIC, VARIABLES};

/// Apple's tools leave the first 512 bytes to the header.
const HEADER_ROOM: usize = 512;
/// Block size that the trees state, and to which their nodes are filled up.
const NODE_SIZE: usize = 4096;
/// The same for the tree below VIndex.
const SMALL_NODE_SIZE: usize = 128;
/// Most paths in one leaf. More get several leaves under one index node.
const LEAF_PATHS: usize = 256;
/// Most leaves under one index node.
const MAX_LEAVES: usize = (NODE_SIZE - 12) / 8;

/// The numbered blocks of a store. Number 0 is the empty block.
#[derive(Default)]
struct Blocks(Vec<Vec<u8>>);

impl Blocks {
    fn add(&mut self, bytes: Vec<u8>) -> u32 {
        self.0.push(bytes);
        self.0.len() as u32
    }

    /// Takes a number for a block that must name later ones.
    fn reserve(&mut self) -> u32 {
        self.add(Vec::new())
    }

    fn set(&mut self, number: u32, bytes: Vec<u8>) {
        if let Some(block) = self.0.get_mut(number as usize - 1) {
            *block = bytes;
        }
    }
}

/// Writes the Bom of these paths. Every path's folder must be among them, `.` included, and none may be twice.
pub fn write(items: &[Item]) -> Result<Vec<u8>, String> {
    let numbered = number(items)?;
    let mut blocks = Blocks::default();
    let info = blocks.add(be(&[1, items.len() as u32 + 1, 0]));
    let paths = paths(&mut blocks, &numbered)?;
    let hard_links = empty_tree(&mut blocks, NODE_SIZE);
    let versions = empty_tree(&mut blocks, SMALL_NODE_SIZE);
    let mut version_index = be(&[1, versions, 0]);
    version_index.push(0);
    let version_index = blocks.add(version_index);
    let big_sizes = empty_tree(&mut blocks, NODE_SIZE);
    Ok(store(&blocks, [info, paths, hard_links, version_index, big_sizes]))
}

/// A path with its number and its folder's.
struct Numbered<'a> {
    id: u32,
    parent: u32,
    name: &'a str,
    item: &'a Item,
}

/// Numbers the paths level by level, by name within a folder: so the order by (folder, name), in which the
/// tree must be, is the order of the numbers.
fn number(items: &[Item]) -> Result<Vec<Numbered<'_>>, String> {
    let mut children: BTreeMap<&str, BTreeMap<&str, &Item>> = BTreeMap::new();
    let mut root = None;
    for item in items {
        let (parent, name) = match item.path.rsplit_once('/') {
            Some((parent, name)) if !name.is_empty() => (parent, name),
            None if item.path == "." => {
                root = Some(item);
                continue;
            }
            _ => return Err(format!("{:?} is no path of a bill of materials", item.path)),
        };
        if children.entry(parent).or_default().insert(name, item).is_some() {
            return Err(format!("{} is there twice", item.path));
        }
    }
    let root = root.ok_or("the bill of materials has no `.`")?;
    let mut numbered = vec![Numbered { id: 1, parent: 0, name: ".", item: root }];
    let mut next = 0;
    while let Some(folder) = numbered.get(next) {
        let parent = folder.id;
        let inside = children.remove(folder.item.path.as_str()).unwrap_or_default();
        for (name, item) in inside {
            numbered.push(Numbered { id: numbered.len() as u32 + 1, parent, name, item });
        }
        next += 1;
    }
    match children.keys().next() {
        Some(orphan) => Err(format!("{orphan} is not in the bill of materials, but something in it is")),
        None => Ok(numbered),
    }
}

/// The tree of paths: leaves of at most [`LEAF_PATHS`], under an index node when there are several.
fn paths(blocks: &mut Blocks, numbered: &[Numbered<'_>]) -> Result<u32, String> {
    let leaves: Vec<Vec<(u32, u32)>> = numbered
        .chunks(LEAF_PATHS)
        .map(|chunk| chunk.iter().map(|path| path_blocks(blocks, path)).collect())
        .collect();
    if leaves.len() > MAX_LEAVES {
        return Err(format!("a bill of materials of {} paths is more than we write", numbered.len()));
    }
    let numbers: Vec<u32> = leaves.iter().map(|_| blocks.reserve()).collect();
    let at = |index: Option<usize>| index.and_then(|i| numbers.get(i)).copied().unwrap_or(0);
    let mut pointers = Vec::new();
    for (index, (leaf, block)) in leaves.iter().zip(&numbers).enumerate() {
        let (forward, backward) = (at(index.checked_add(1)), at(index.checked_sub(1)));
        blocks.set(*block, node(true, forward, backward, leaf, NODE_SIZE));
        // An index entry is a leaf and the last name in it.
        pointers.push((*block, leaf.last().map_or(0, |(_, name)| *name)));
    }
    let top = match pointers.as_slice() {
        [(only, _)] => *only,
        _ => {
            let index = node(false, 0, 0, &pointers, NODE_SIZE);
            blocks.add(index)
        }
    };
    Ok(tree(blocks, top, NODE_SIZE, numbered.len() as u32))
}

/// The two blocks of a path that a leaf names: what it is, and what it is called.
fn path_blocks(blocks: &mut Blocks, path: &Numbered<'_>) -> (u32, u32) {
    let item = path.item;
    let mut info = vec![item.kind as u8, 1];
    info.extend(3u16.to_be_bytes());
    info.extend(item.mode.to_be_bytes());
    info.extend(be(&[item.uid, item.gid, item.mtime, item.size]));
    info.push(1);
    info.extend(item.checksum.to_be_bytes());
    match &item.target {
        Some(target) => {
            info.extend((target.len() as u32 + 1).to_be_bytes());
            info.extend(target.as_bytes());
            info.push(0);
        }
        None => info.extend([0; 4]),
    }
    if item.kind == super::Kind::File {
        info.extend([0; 4]);
    }
    let info = blocks.add(info);
    let described = blocks.add(be(&[path.id, info]));
    let mut named = be(&[path.parent]);
    named.extend(path.name.as_bytes());
    named.push(0);
    (described, blocks.add(named))
}

fn empty_tree(blocks: &mut Blocks, size: usize) -> u32 {
    let leaf = blocks.add(node(true, 0, 0, &[], size));
    tree(blocks, leaf, size, 0)
}

fn tree(blocks: &mut Blocks, child: u32, size: usize, count: u32) -> u32 {
    let mut bytes = b"tree".to_vec();
    bytes.extend(be(&[1, child, size as u32, count]));
    bytes.push(0);
    blocks.add(bytes)
}

fn node(leaf: bool, forward: u32, backward: u32, pairs: &[(u32, u32)], size: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(size);
    bytes.extend(u16::from(leaf).to_be_bytes());
    bytes.extend((pairs.len() as u16).to_be_bytes());
    bytes.extend(be(&[forward, backward]));
    for (first, second) in pairs {
        bytes.extend(be(&[*first, *second]));
    }
    bytes.resize(bytes.len().max(size), 0);
    bytes
}

/// Header, blocks, variables, index.
fn store(blocks: &Blocks, variables: [u32; 5]) -> Vec<u8> {
    let mut body = vec![0; HEADER_ROOM];
    let mut index = be(&[blocks.0.len() as u32 + 1, 0, 0]);
    for block in &blocks.0 {
        index.extend(be(&[body.len() as u32, block.len() as u32]));
        body.extend(block);
    }
    // The list of free blocks is empty.
    index.extend(be(&[0]));
    let mut names = be(&[VARIABLES.len() as u32]);
    for (name, block) in VARIABLES.iter().zip(variables) {
        names.extend(block.to_be_bytes());
        names.push(name.len() as u8);
        names.extend(name.as_bytes());
    }
    let (names_at, names_size) = (body.len() as u32, names.len() as u32);
    body.extend(names);
    let (index_at, index_size) = (body.len() as u32, index.len() as u32);
    body.extend(index);
    let mut header = MAGIC.to_vec();
    header.extend(be(&[1, blocks.0.len() as u32, index_at, index_size, names_at, names_size]));
    body.splice(..header.len(), header);
    body
}

fn be(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}
