//! The service that `build.rs` describes: `rpc WhoAmI(google.protobuf.Empty) returns (google.protobuf.StringValue)`.

pub use self::generated::{directory_client, directory_server};

/// `google.protobuf.Empty`, as prost has it.
pub type Empty = ();

/// `google.protobuf.StringValue`, as prost has it.
pub type StringValue = String;

#[expect(
    unused_qualifications,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::doc_markdown,
    reason = "generated"
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/example.Directory.rs"));
}
