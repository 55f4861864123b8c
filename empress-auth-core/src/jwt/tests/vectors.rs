//! What others have computed: J-36.
