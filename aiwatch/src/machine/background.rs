//! Less of the machine than programs that a person waits for.

/// Niceness of a background process, as for periodic jobs of Linux distributions.
#[cfg(not(any(target_os = "macos", windows)))]
const NICENESS: i32 = 10;

/// Puts this process behind others that want the processor or the disk. To be called before threads are started, which
/// take it over. Failure does not matter.
#[cfg(not(any(target_os = "macos", windows)))]
#[allow(unsafe_code)]
pub fn low_priority() {
    /// IOPRIO_WHO_PROCESS of <linux/ioprio.h>.
    const PROCESS: libc::c_int = 1;
    /// The last of the class of best effort: idle would mean never on a disk that is always busy.
    const LAST: libc::c_int = 2 << 13 | 7;
    let _ = rustix::process::setpriority_process(None, NICENESS);
    // SAFETY: The call takes three numbers and changes the order in which this thread's requests are served.
    unsafe { libc::syscall(libc::SYS_ioprio_set, PROCESS, 0, LAST) };
}

/// Puts this process behind others that want the processor or the disk, and has no cloud send it files. Failure does
/// not matter.
#[cfg(target_os = "macos")]
#[allow(unsafe_code)]
pub fn low_priority() {
    /// IOPOL_TYPE_VFS_MATERIALIZE_DATALESS_FILES, IOPOL_SCOPE_PROCESS and IOPOL_MATERIALIZE_DATALESS_FILES_OFF of
    /// <sys/resource.h>: a folder or file that iCloud or another provider holds is an error then and no download.
    const FILES_OF_A_CLOUD: (libc::c_int, libc::c_int, libc::c_int) = (3, 0, 1);
    unsafe extern "C" {
        /// <sys/resource.h>
        fn setiopolicy_np(of: libc::c_int, scope: libc::c_int, policy: libc::c_int) -> libc::c_int;
    }
    let (of, scope, policy) = FILES_OF_A_CLOUD;
    // SAFETY: Both calls take numbers and change settings of this process alone.
    unsafe {
        libc::setpriority(libc::PRIO_DARWIN_PROCESS, 0, libc::PRIO_DARWIN_BG);
        setiopolicy_np(of, scope, policy);
    }
}

/// Puts this process behind others that want the processor, the disk or memory. Failure does not matter.
#[cfg(windows)]
#[allow(unsafe_code)]
pub fn low_priority() {
    use windows_sys::Win32::System::Threading::{
        GetCurrentProcess, PROCESS_MODE_BACKGROUND_BEGIN, SetPriorityClass,
    };
    // SAFETY: The handle means this process and needs no closing.
    unsafe { SetPriorityClass(GetCurrentProcess(), PROCESS_MODE_BACKGROUND_BEGIN) };
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_is_started_later_is_in_the_background_too() {
        let nice = |path: &str| {
            let text = std::fs::read_to_string(path).unwrap();
            let fields = text.rsplit_once(") ").unwrap().1;
            fields.split(' ').nth(16).unwrap().parse::<i32>().unwrap()
        };
        // A thread of its own: the tests beside it are none of its business.
        let found = std::thread::spawn(move || {
            low_priority();
            std::thread::spawn(move || nice("/proc/thread-self/stat")).join().unwrap()
        });
        assert_eq!(found.join().unwrap(), NICENESS.max(nice("/proc/thread-self/stat")));
    }
}
