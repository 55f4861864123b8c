//! Opens the socket with the token in `TOKEN`, says hello and shows what comes until it is closed.

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::ClientRequestBuilder;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let token = std::env::var("TOKEN")?;
    let request = ClientRequestBuilder::new(format!("ws://{address}/socket").parse()?)
        .with_header("Authorization", format!("Bearer {token}"));
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await?;
    socket.send(Message::text("hello")).await?;
    while let Some(message) = socket.next().await {
        let message = message?;
        if let Message::Close(Some(frame)) = message {
            println!("closed: {}", frame.reason);
        } else {
            println!("{message}");
        }
    }
    Ok(())
}
