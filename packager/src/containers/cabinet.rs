//! Cabinets: written with MSZIP in one folder, read with bounds.
//!
//! Source: [MS-CAB] and [MS-MCI]. The `cab` crate writes. Reading is ours, since input comes from anywhere and the
//! crate's reader indexes out of bounds when a file claims to lie behind its folder's end.

use std::io::{Cursor, Error, Result, Write};

use cab::{CabinetBuilder, CompressionType};

pub mod reader;

/// Writes a cabinet with these files, in this order, in one folder.
///
/// Times are fixed (1 January 1980, the format's earliest), since the format wants local time and the same files
/// must give the same bytes everywhere.
pub fn write(files: &[(&str, &[u8])]) -> Result<Vec<u8>> {
    let date = time::Date::from_calendar_date(1980, time::Month::January, 1).map_err(Error::other)?;
    let fixed = time::PrimitiveDateTime::new(date, time::Time::MIDNIGHT);
    let mut builder = CabinetBuilder::new();
    let folder = builder.add_folder(CompressionType::MsZip);
    for (name, _) in files {
        folder.add_file(*name).set_datetime(fixed);
    }
    let mut writer = builder.build(Cursor::new(Vec::new()))?;
    for (_, bytes) in files {
        let Some(mut file) = writer.next_file()? else {
            return Err(Error::other("the cabinet has fewer files than it was given"));
        };
        file.write_all(bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::reader::{Cabinet, Compression};

    #[test]
    fn what_is_written_is_read() {
        let noise: Vec<u8> = (0..200_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let files: [(&str, &[u8]); 4] =
            [("a.txt", b"one"), ("b.bin", &noise), ("empty", b""), ("zeros", &[0; 98_304])];
        let bytes = super::write(&files).expect("written");
        assert_eq!(bytes, super::write(&files).expect("written again"));
        let cabinet = Cabinet::parse(&bytes).expect("read");
        assert_eq!(cabinet.folders[0].compression, Compression::MsZip);
        let read = cabinet.extract(&bytes, 1 << 20).expect("extracted");
        let names: Vec<&str> = cabinet.files.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names, ["a.txt", "b.bin", "empty", "zeros"]);
        for ((_, expected), content) in files.iter().zip(&read) {
            assert!(content.as_deref() == Some(*expected));
        }
        assert!(cabinet.extract(&bytes, 1000).is_err(), "the limit holds");
    }

    /// Many folders over one stored block that states no size: each would give 64 KiB for eight bytes.
    #[test]
    fn folders_that_share_a_block_do_not_grow_beyond_the_limit() {
        const FOLDERS: u16 = 2_000;
        let data_at = 36 + 8 * u32::from(FOLDERS);
        let mut bytes = b"MSCF".to_vec();
        bytes.extend([0; 12]);
        bytes.extend(data_at.to_le_bytes());
        bytes.extend([0, 0, 0, 0, 3, 1]);
        for number in [FOLDERS, 0, 0, 0, 0] {
            bytes.extend(number.to_le_bytes());
        }
        for _ in 0..FOLDERS {
            bytes.extend(data_at.to_le_bytes());
            bytes.extend([1, 0, 0, 0]);
        }
        bytes.extend([0, 0, 0, 0, 0xff, 0xff, 0, 0]);
        bytes.extend([7; 0xffff]);
        let cabinet = Cabinet::parse(&bytes).expect("read");
        assert_eq!(cabinet.folders.len(), usize::from(FOLDERS));
        assert!(cabinet.extract(&bytes, 1000).is_err());
    }
}
