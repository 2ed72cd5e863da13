//! The trees in which tables keep their records.

use super::pages::{HEADER, OUTSIDE, Pages, number, varint};

/// SQLite itself has no deeper tree.
const DEEPEST: usize = 20;
const INTERIOR: u64 = 5;
const LEAF: u64 = 13;

/// What is done with a record; whether the next one is wanted too.
pub(super) type Visit<'v, 's> = &'v mut dyn FnMut(&mut Pages<'s>, &[u8]) -> Result<bool, &'static str>;

/// Visits the records of a table, in the order of their numbers.
pub(super) fn each_record<'s>(
    pages: &mut Pages<'s>,
    root: u32,
    visit: Visit<'_, 's>,
) -> Result<(), &'static str> {
    // The next page is the last one.
    let mut open = vec![(root, 0)];
    while let Some((number_of_page, depth)) = open.pop() {
        if depth > DEEPEST {
            return Err("its tree is too deep");
        }
        let page = pages.page(number_of_page)?;
        let start = if number_of_page == 1 { HEADER } else { 0 };
        let kind = number(&page, start, 1)?;
        let pointers = match kind {
            INTERIOR => start + 12,
            LEAF => start + 8,
            _ => return Err("it has a page of another kind than a table's"),
        };
        let mut children = Vec::new();
        for index in 0..number(&page, start + 3, 2)? as usize {
            let cell = number(&page, pointers + 2 * index, 2)? as usize;
            if kind == INTERIOR {
                children.push((number(&page, cell, 4)? as u32, depth + 1));
                continue;
            }
            let record = record(pages, &page, cell)?;
            if !visit(pages, &record)? {
                return Ok(());
            }
        }
        if kind == INTERIOR {
            open.push((number(&page, start + 8, 4)? as u32, depth + 1));
            open.extend(children.into_iter().rev());
        }
    }
    Ok(())
}

/// The bytes of a record whose cell starts in a page: what the page has of it, then those of its own pages.
fn record(pages: &mut Pages<'_>, page: &[u8], cell: usize) -> Result<Vec<u8>, &'static str> {
    let (length, at) = varint(page, cell)?;
    let (_, at) = varint(page, at)?;
    let length = usize::try_from(length).map_err(|_| OUTSIDE)?;
    pages.spend(length)?;
    let here = length_here(length, pages.usable);
    let page = page.get(..pages.usable).unwrap_or(page);
    let mut record = page.get(at..at.saturating_add(here)).ok_or(OUTSIDE)?.to_vec();
    let mut next = if here < length { number(page, at.saturating_add(here), 4)? } else { 0 };
    while record.len() < length {
        let more = pages.page(u32::try_from(next).unwrap_or_default())?;
        let end = pages.usable.min(length.saturating_sub(record.len()).saturating_add(4));
        record.extend_from_slice(more.get(4..end).ok_or(OUTSIDE)?);
        next = number(&more, 0, 4)?;
    }
    Ok(record)
}

/// How many bytes of a record are in the page of its cell.
fn length_here(length: usize, usable: usize) -> usize {
    let most = usable.saturating_sub(35);
    if length <= most {
        return length;
    }
    let least = (usable.saturating_sub(12) * 32 / 255).saturating_sub(23);
    let filling = least + (length - least) % usable.saturating_sub(4).max(1);
    if filling <= most { filling } else { least }
}
