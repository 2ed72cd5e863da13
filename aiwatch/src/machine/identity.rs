//! Being someone else for a while: what a user may not do, root does not do for him.

#[cfg(all(unix, not(target_os = "macos")))]
mod linux;
#[cfg(all(unix, not(target_os = "macos")))]
pub use linux::assume;

#[cfg(target_os = "macos")]
mod macos;
#[cfg(target_os = "macos")]
pub use macos::assume;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub use windows::assume;

/// Ends an assumed identity when it goes. A process that cannot become itself again must not go on: it aborts.
#[must_use]
pub struct Assumed(Option<Box<dyn FnOnce() -> std::io::Result<()>>>);

impl Drop for Assumed {
    fn drop(&mut self) {
        if let Some(restore) = self.0.take()
            && restore().is_err()
        {
            std::process::abort();
        }
    }
}
