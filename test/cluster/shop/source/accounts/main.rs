//! Who is who. Shared: environments never copy it.

mod kit;

use kit::{error, ok, serve, text_of, Answer, Request};

const ACCOUNTS: [(&str, &str); 1] = [("ada", "de")];

fn account(id: &str) -> Option<Answer> {
    let (id, country) = ACCOUNTS.iter().find(|(each, _)| *each == id)?;
    Some(ok(format!("{{\"id\":\"{id}\",\"country\":\"{country}\",\"mail\":\"{id}@shop.example\"}}")))
}

fn handle(request: &Request) -> Answer {
    let path: Vec<&str> = request.path.split('/').skip(1).collect();
    match (request.method.as_str(), path.as_slice()) {
        ("POST", ["whoami"]) => {
            let token = text_of(&request.body, "token").unwrap_or_default();
            account(&token).unwrap_or_else(|| error(401, "sign in first"))
        }
        ("GET", ["accounts", id]) => account(id).unwrap_or_else(|| error(404, &format!("no account \"{id}\""))),
        _ => error(404, &format!("accounts has no {} {}", request.method, request.path)),
    }
}

fn main() {
    serve("accounts", handle);
}
