//! The launchd units as property lists.
