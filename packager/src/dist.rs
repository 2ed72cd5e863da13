//! The only writer of dist/.
