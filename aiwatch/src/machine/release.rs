//! The version of the operating system, as scans report it.

/// The version, such as `14.5`, `10.0.22631` or, on Linux, the kernel's.
#[cfg(target_os = "macos")]
pub fn release() -> Option<String> {
    // The file that the system's own sw_vers(1) reads.
    let file = plist::Value::from_file("/System/Library/CoreServices/SystemVersion.plist").ok()?;
    file.as_dictionary()?.get("ProductVersion")?.as_string().map(str::to_owned)
}

/// The version, such as `14.5`, `10.0.22631` or, on Linux, the kernel's.
#[cfg(windows)]
pub fn release() -> Option<String> {
    let key = windows_registry::LOCAL_MACHINE.open(r"SOFTWARE\Microsoft\Windows NT\CurrentVersion").ok()?;
    let build = key.get_string("CurrentBuildNumber").ok()?;
    // Windows 11 calls itself 10.0 too; only its build is higher. Older systems have no such numbers.
    let part = |name: &str, absent: u32| key.get_u32(name).unwrap_or(absent);
    let (major, minor) = (part("CurrentMajorVersionNumber", 10), part("CurrentMinorVersionNumber", 0));
    Some(format!("{major}.{minor}.{build}"))
}

/// The version, such as `14.5`, `10.0.22631` or, on Linux, the kernel's.
#[cfg(all(unix, not(target_os = "macos")))]
pub fn release() -> Option<String> {
    let text = std::fs::read_to_string("/proc/sys/kernel/osrelease").ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_system_has_a_version() {
        let release = super::release().unwrap();
        assert!(release.starts_with(|c: char| c.is_ascii_digit()) && !release.contains(char::is_whitespace));
    }
}
