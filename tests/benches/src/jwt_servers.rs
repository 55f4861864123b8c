//! Servers that let in whoever shows a JWT of one issuer, signed with ES256: ours and tower-oauth2-resource-server.

use axum::Router;
use empress_auth_core::jwt::JwtVerifier;
use empress_auth_tower::TokenAuth;
use jsonwebtoken::Algorithm;
use tower_oauth2_resource_server::{
    error::StartupError, server::OAuth2ResourceServer, tenant::TenantConfiguration,
    validation::ClaimsValidationSpec,
};

use crate::{
    axum_peers::bare,
    jwt_peers::{AUDIENCE, ISSUER, Signed},
};

/// Ours, and a token that it lets in.
pub fn ours() -> (Router, String) {
    let signed = Signed::new(Algorithm::ES256);
    let verifier = JwtVerifier::new(ISSUER, AUDIENCE, signed.keys);
    (bare().layer(TokenAuth::new(verifier)), signed.token)
}

/// The peer, and a token that it lets in. Its keys are known from the start, as are ours.
///
/// # Errors
///
/// When it cannot be built.
pub async fn peer() -> Result<(Router, String), StartupError> {
    let signed = Signed::new(Algorithm::ES256);
    let claims = ClaimsValidationSpec::recommended(ISSUER, &vec![AUDIENCE.to_owned()]);
    let tenant = TenantConfiguration::static_builder(signed.jwks)
        .identifier(ISSUER)
        .claims_validation(claims)
        .build()?;
    let server = <OAuth2ResourceServer>::builder()
        .add_tenant(tenant)
        .build()
        .await?;
    Ok((bare().layer(server.into_layer()), signed.token))
}
