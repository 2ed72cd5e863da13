//! Settings in the Windows registry.

use aiwatch_contract::windows::REGISTRY_KEY;
use windows_registry::{Key, Type, Value};

use crate::settings::{Layer, RegistryValue};

// A 32-bit build would be shown another view of the key than the one that the installer writes.
const _: () = assert!(cfg!(target_pointer_width = "64"), "the agent reads the registry's 64-bit view");

/// HRESULTs of ERROR_FILE_NOT_FOUND and ERROR_PATH_NOT_FOUND (winerror.h).
const NOT_FOUND: [u32; 2] = [0x8007_0002, 0x8007_0003];

/// The settings' key below a root. A key that is there and cannot be opened is unreadable, not absent.
pub(super) fn layer(root_name: &str, root: &Key) -> Layer {
    let place = format!(r"{root_name}\{REGISTRY_KEY}");
    let rows = root.open(REGISTRY_KEY).and_then(|key| {
        let rows: Vec<_> = key.values()?.map(|(name, value)| (name, typed(&value))).collect();
        Ok(rows)
    });
    match rows {
        Ok(rows) => Layer::registry(place, rows),
        Err(error) if NOT_FOUND.contains(&error.code().0.cast_unsigned()) => Layer::absent(place),
        Err(error) => Layer::unreadable(place, error.message().trim().trim_end_matches('.').to_lowercase()),
    }
}

fn typed(value: &Value) -> RegistryValue {
    let other = RegistryValue::Other(value.ty().into());
    match value.ty() {
        Type::String => RegistryValue::Sz(text(value)),
        Type::U32 => {
            <[u8; 4]>::try_from(&**value).map_or(other, |b| RegistryValue::Dword(u32::from_le_bytes(b)))
        }
        Type::MultiString => {
            let units = wide(value);
            let texts = units.split(|unit| *unit == 0).filter(|part| !part.is_empty());
            RegistryValue::MultiSz(texts.map(String::from_utf16_lossy).collect())
        }
        _ => other,
    }
}

/// The text before the first NUL: what other readers of REG_SZ see.
fn text(value: &Value) -> String {
    let units = wide(value);
    String::from_utf16_lossy(units.split(|unit| *unit == 0).next().unwrap_or_default())
}

/// The value's UTF-16 units, decoded here because nothing says that its bytes are aligned or even in number.
fn wide(value: &Value) -> Vec<u16> {
    value.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect()
}
