//! Describes the service. With a `.proto` file this would be `tonic_prost_build::compile_protos`, which needs `protoc`.

use tonic_build::manual::{Builder, Method, Service};

fn main() {
    let who_am_i = Method::builder()
        .name("who_am_i")
        .route_name("WhoAmI")
        .input_type("crate::Empty")
        .output_type("crate::StringValue")
        .codec_path("tonic_prost::ProstCodec")
        .build();
    let directory = Service::builder()
        .package("example")
        .name("Directory")
        .method(who_am_i)
        .build();
    Builder::new().compile(&[directory]);
}
