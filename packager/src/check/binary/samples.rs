//! Executables made by hand for tests: as small as their readers take them.

use sha2::{Digest, Sha256};

/// A 64-bit Mach-O with this processor and file type, and no load command.
pub(crate) fn mach_o(cpu: u32, file_type: u32) -> Vec<u8> {
    // MH_DYLDLINK, MH_TWOLEVEL, MH_PIE.
    [0xfeed_facf, cpu, 0, file_type, 0, 0, 0x0020_0084, 0]
        .iter()
        .flat_map(|word: &u32| word.to_le_bytes())
        .collect()
}

/// The same with these load commands and a body that follows them.
pub(crate) fn mach_o_with(cpu: u32, flags: u32, commands: &[Vec<u8>]) -> Vec<u8> {
    let size: usize = commands.iter().map(Vec::len).sum();
    let words = [0xfeed_facf, cpu, 0, 2, commands.len() as u32, size as u32, flags, 0];
    words.iter().flat_map(|word: &u32| word.to_le_bytes()).chain(commands.concat()).collect()
}

/// A load command: its number, then these words after the size.
pub(crate) fn command(number: u32, words: &[u32]) -> Vec<u8> {
    let size = 8 + words.len() as u32 * 4;
    [&[number, size], words].concat().iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// A universal binary of these slices, each by the processor that the fat header claims.
pub(crate) fn fat(slices: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut header: Vec<u32> = vec![0xcafe_babe, slices.len() as u32];
    let mut body = Vec::new();
    for (cpu, slice) in slices {
        let offset = 4096 + body.len() as u32;
        header.extend([*cpu, 0, offset, slice.len() as u32, 12]);
        body.extend(slice);
        body.resize(body.len().next_multiple_of(4096), 0);
    }
    let mut bytes: Vec<u8> = header.iter().flat_map(|word| word.to_be_bytes()).collect();
    bytes.resize(4096, 0);
    [bytes, body].concat()
}

/// A PE32+ with this machine and these characteristics, one section, and no directory.
pub(crate) fn pe(machine: u16, characteristics: u16) -> Vec<u8> {
    let mut bytes = b"MZ".to_vec();
    bytes.resize(0x3c, 0);
    bytes.extend(0x40_u32.to_le_bytes());
    bytes.extend(b"PE\0\0");
    bytes.extend([machine.to_le_bytes(), 1_u16.to_le_bytes()].concat());
    bytes.extend([0; 12]);
    bytes.extend([240_u16.to_le_bytes(), characteristics.to_le_bytes()].concat());
    let mut optional = vec![0_u8; 240];
    optional[..2].copy_from_slice(&0x20b_u16.to_le_bytes());
    // DllCharacteristics: dynamic base and no execution of data. NumberOfRvaAndSizes: 16.
    optional[70..72].copy_from_slice(&0x0140_u16.to_le_bytes());
    optional[108..112].copy_from_slice(&16_u32.to_le_bytes());
    bytes.extend(optional);
    let mut section = b".text\0\0\0".to_vec();
    section.extend(
        [0x1000_u32, 0x1000, 0x200, 0x400, 0, 0, 0, 0x6000_0020].iter().flat_map(|w| w.to_le_bytes()),
    );
    bytes.extend(section);
    bytes.resize(0x600, 0);
    bytes
}

/// A file with a text at its end, large enough to be taken for whole.
pub(crate) fn with_text(mut bytes: Vec<u8>, text: &str) -> Vec<u8> {
    bytes.extend(text.as_bytes());
    bytes.resize(bytes.len().max(2048), b' ');
    bytes
}

/// Bytes that [`signed`] appends.
pub(crate) const SIGNATURE_SIZE: usize = 600;

/// Signs a slice: appends a signature whose place the load command at the slice's end must name.
/// `limit` is where the signature goes; the slice is padded to it.
pub(crate) fn signed(mut slice: Vec<u8>, limit: usize, flags: u32, certificate: bool) -> Vec<u8> {
    slice.resize(limit, 0);
    let pages: Vec<u8> = slice.chunks(4096).flat_map(|page| Sha256::digest(page).to_vec()).collect();
    let identifier = b"com.example.tool\0";
    let hash_offset = 44 + identifier.len() as u32;
    let length = hash_offset + pages.len() as u32;
    let slots = (pages.len() / 32) as u32;
    let words = [0xfade_0c02, length, 0x2_0001, flags, hash_offset, 44, 0, slots, limit as u32];
    let mut directory: Vec<u8> = words.iter().flat_map(|word: &u32| word.to_be_bytes()).collect();
    directory.extend([32, 2, 0, 12, 0, 0, 0, 0]);
    directory.extend(identifier);
    directory.extend(pages);
    let wrapper: Vec<u8> =
        [0xfade_0b01_u32, if certificate { 12 } else { 8 }].iter().flat_map(|w| w.to_be_bytes()).collect();
    let start = 12 + 16;
    let index = [0xfade_0cc0, 0, 2, 0, start, 0x10000, start + directory.len() as u32];
    slice.extend(index.iter().flat_map(|word: &u32| word.to_be_bytes()));
    slice.extend(directory);
    slice.extend(wrapper);
    slice.resize(limit + SIGNATURE_SIZE, 0);
    slice
}
