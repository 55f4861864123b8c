//! Asks who it is, with the token in `TOKEN` or without one.

use tonic::Request;
use tonic::transport::Endpoint;
use tonic_token::directory_client::DirectoryClient;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let channel = Endpoint::from_shared(format!("http://{address}"))?
        .connect()
        .await?;
    let mut request = Request::new(());
    if let Ok(token) = std::env::var("TOKEN") {
        request
            .metadata_mut()
            .insert("authorization", format!("Bearer {token}").parse()?);
    }
    match DirectoryClient::new(channel).who_am_i(request).await {
        Ok(answer) => println!("OK: {}", answer.into_inner()),
        Err(status) => println!("{:?}: {}", status.code(), status.message()),
    }
    Ok(())
}
