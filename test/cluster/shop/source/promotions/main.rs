//! What is cheaper this week, in percent.

mod kit;

use kit::{error, ok, serve, Answer, Request};

const THIS_WEEK: [(&str, u32); 1] = [("poster", 25)];

fn handle(request: &Request) -> Answer {
    let path: Vec<&str> = request.path.split('/').skip(1).collect();
    match (request.method.as_str(), path.as_slice()) {
        ("GET", ["promotions", id]) => {
            let percent = THIS_WEEK.iter().find(|(each, _)| each == id).map_or(0, |(_, percent)| *percent);
            ok(format!("{{\"percent\":{percent}}}"))
        }
        _ => error(404, &format!("promotions has no {} {}", request.method, request.path)),
    }
}

fn main() {
    serve("promotions", handle);
}
