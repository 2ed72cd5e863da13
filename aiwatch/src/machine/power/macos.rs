//! By IOKit's power sources. The low power mode has no call of its own outside of Objective-C and is not told.

use core_foundation::array::{CFArray, CFArrayRef};
use core_foundation::base::{CFType, CFTypeRef, TCFType};
use core_foundation::dictionary::{CFDictionary, CFDictionaryRef};
use core_foundation::number::CFNumber;
use core_foundation::string::{CFString, CFStringRef};

use super::Power;

// <IOKit/ps/IOPowerSources.h>: what is copied is ours to release, and what is got belongs to the snapshot.
#[link(name = "IOKit", kind = "framework")]
#[allow(unsafe_code)]
unsafe extern "C" {
    fn IOPSCopyPowerSourcesInfo() -> CFTypeRef;
    fn IOPSGetProvidingPowerSourceType(snapshot: CFTypeRef) -> CFStringRef;
    fn IOPSCopyPowerSourcesList(snapshot: CFTypeRef) -> CFArrayRef;
    fn IOPSGetPowerSourceDescription(snapshot: CFTypeRef, source: CFTypeRef) -> CFDictionaryRef;
}

#[allow(unsafe_code)]
pub(super) fn power() -> Power {
    // SAFETY: Each answer may be null and is looked at before it is used; wrappers release what is ours. The snapshot
    // lives until the end.
    unsafe {
        let snapshot = IOPSCopyPowerSourcesInfo();
        if snapshot.is_null() {
            return Power::Unknown;
        }
        let snapshot = CFType::wrap_under_create_rule(snapshot);
        let source = IOPSGetProvidingPowerSourceType(snapshot.as_CFTypeRef());
        if source.is_null() {
            return Power::Unknown;
        }
        // The values of <IOKit/ps/IOPSKeys.h>.
        match CFString::wrap_under_get_rule(source).to_string().as_str() {
            "AC Power" => Power::Mains,
            "Battery Power" | "UPS Power" => Power::Battery { percent: percent(&snapshot), saver: false },
            _ => Power::Unknown,
        }
    }
}

/// How full the fullest battery is.
#[allow(unsafe_code)]
fn percent(snapshot: &CFType) -> Option<u8> {
    // SAFETY: As above; a description belongs to the snapshot.
    unsafe {
        let list = IOPSCopyPowerSourcesList(snapshot.as_CFTypeRef());
        if list.is_null() {
            return None;
        }
        let list: CFArray<CFType> = CFArray::wrap_under_create_rule(list);
        let each = list.iter().filter_map(|source| {
            let description = IOPSGetPowerSourceDescription(snapshot.as_CFTypeRef(), source.as_CFTypeRef());
            if description.is_null() {
                return None;
            }
            let description: CFDictionary<CFString, CFType> = CFDictionary::wrap_under_get_rule(description);
            let number = |key: &'static str| {
                let value = description.find(CFString::from_static_string(key))?;
                value.downcast::<CFNumber>()?.to_i64()
            };
            let (now, full) = (number("Current Capacity")?, number("Max Capacity")?);
            u8::try_from(now.saturating_mul(100).checked_div(full)?.clamp(0, 100)).ok()
        });
        each.max()
    }
}
