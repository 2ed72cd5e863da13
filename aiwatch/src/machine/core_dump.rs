//! No image of this process on disk: it may hold keys.

/// Keeps the system from writing this process's memory to disk when it crashes, as far as the system lets it.
#[cfg(unix)]
pub fn no_core_dump() {
    use nix::sys::resource::{Resource, setrlimit};
    let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    // A handler that is a program gets dumps in spite of the limit; and other processes of the user cannot attach.
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_dumpable(false);
}

/// Keeps the system from writing this process's memory to disk when it crashes, and from asking a person.
#[cfg(windows)]
#[allow(unsafe_code)]
pub fn no_core_dump() {
    use windows_sys::Win32::System::Diagnostics::Debug::{
        SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX, SetErrorMode,
    };
    use windows_sys::Win32::System::ErrorReporting::{WER_FAULT_REPORTING_FLAG_NOHEAP, WerSetFlags};
    // SAFETY: both calls take numbers and change settings of this process alone.
    unsafe {
        SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
        WerSetFlags(WER_FAULT_REPORTING_FLAG_NOHEAP);
    }
}
