//! Which commands are ours.
