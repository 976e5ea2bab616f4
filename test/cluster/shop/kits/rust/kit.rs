//! What every Rust service of this shop has: JSON over HTTP, and the faults of README.md. These services
//! call nobody, so `swallow` and `retry` have nothing to do here.

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::exit;
use std::thread::{self, sleep};
use std::time::Duration;

#[allow(dead_code)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub body: String,
}

pub struct Answer {
    pub status: u16,
    pub json: String,
}

pub fn ok(json: String) -> Answer {
    Answer { status: 200, json }
}

pub fn error(status: u16, text: &str) -> Answer {
    Answer { status, json: format!("{{\"error\":\"{}\"}}", text.replace('\\', "\\\\").replace('"', "\\\"")) }
}

/// The text value of `key` in a flat JSON object; enough for what these services are sent.
#[allow(dead_code)]
pub fn text_of(body: &str, key: &str) -> Option<String> {
    let rest = body.split_once(&format!("\"{key}\""))?.1.trim_start().strip_prefix(':')?;
    let (value, _) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
    Some(value.to_string())
}

/// mode[:number or status[:text]][@path]
struct Fault {
    mode: String,
    number: u64,
    text: String,
    path: String,
}

fn fault_of(text: &str) -> Fault {
    let (spec, path) = text.split_once('@').unwrap_or((text, "/"));
    let mut parts = spec.splitn(3, ':').map(str::to_string);
    let mut next = || parts.next().unwrap_or_default();
    Fault { mode: next(), number: next().parse().unwrap_or(0), text: next(), path: path.to_string() }
}

extern "C" {
    fn signal(number: i32, handler: extern "C" fn(i32)) -> usize;
    fn _exit(code: i32) -> !;
}

/// The first process of a container is not ended by SIGTERM unless it says so itself.
extern "C" fn end(_number: i32) {
    unsafe { _exit(0) }
}

const SIGTERM: i32 = 15;

/// Listens on PORT; one thread a connection. A handler that panics is answered with 500, as a framework would.
pub fn serve(name: &'static str, handle: fn(&Request) -> Answer) {
    unsafe { signal(SIGTERM, end) };
    let fault: &'static Fault = Box::leak(Box::new(fault_of(&env::var("FAULT").unwrap_or_default())));
    if fault.mode == "exit" {
        println!("{name}: cannot start");
        exit(3);
    }
    if fault.mode == "refuse" {
        println!("{name}: does not listen");
        loop {
            sleep(Duration::from_secs(60));
        }
    }
    let port = env::var("PORT").expect("PORT is not set");
    let listener = TcpListener::bind(format!("0.0.0.0:{port}")).expect("cannot listen");
    println!("{name} listens on {port}");
    for stream in listener.incoming().flatten() {
        thread::spawn(move || {
            let _ = converse(stream, name, handle, fault);
        });
    }
}

fn converse(stream: TcpStream, name: &str, handle: fn(&Request) -> Answer, fault: &Fault) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut out = stream;
    while let Some(request) = read(&mut reader)? {
        if request.path == "/healthz" {
            write(&mut out, 200, &format!("{{\"name\":\"{name}\",\"ok\":true}}"))?;
            continue;
        }
        let is_faulty = request.path.starts_with(&fault.path);
        if is_faulty && misbehave(fault) {
            let text = if fault.text.is_empty() { "{\"error\":\"told to fail\"}" } else { &fault.text };
            write(&mut out, fault.number as u16, text)?;
            continue;
        }
        let answer = std::panic::catch_unwind(|| handle(&request)).unwrap_or_else(|cause| {
            let text = cause.downcast_ref::<String>().map(String::as_str);
            error(500, text.or(cause.downcast_ref::<&str>().copied()).unwrap_or("panic"))
        });
        if answer.status >= 400 {
            println!("{} {}: {} {}", request.method, request.path, answer.status, answer.json);
        }
        match fault.mode.as_str() {
            "truncate" if is_faulty => {
                head(&mut out, 200, answer.json.len())?;
                return out.write_all(&answer.json.as_bytes()[..answer.json.len() / 2]);
            }
            "slow" if is_faulty => {
                head(&mut out, answer.status, answer.json.len())?;
                for byte in answer.json.as_bytes() {
                    sleep(Duration::from_micros(fault.number * 1000 / answer.json.len() as u64));
                    out.write_all(&[*byte])?;
                }
            }
            _ => write(&mut out, answer.status, &answer.json)?,
        }
    }
    Ok(())
}

/// The next request of a connection; None at its end.
fn read(reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_string);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut length = 0;
    loop {
        let mut field = String::new();
        if reader.read_line(&mut field)? == 0 || field.trim().is_empty() {
            break;
        }
        let (name, value) = field.split_once(':').unwrap_or((&field, ""));
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length.min(1 << 20)];
    reader.read_exact(&mut body)?;
    Ok(Some(Request { method, path, body: String::from_utf8_lossy(&body).into_owned() }))
}

fn head(out: &mut TcpStream, status: u16, length: usize) -> std::io::Result<()> {
    write!(out, "HTTP/1.1 {status} {}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n", phrase(status))
}

fn write(out: &mut TcpStream, status: u16, text: &str) -> std::io::Result<()> {
    let message = format!("HTTP/1.1 {status} {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{text}", phrase(status), text.len());
    out.write_all(message.as_bytes())
}

fn phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        401 => "Unauthorized",
        404 => "Not Found",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Status",
    }
}

/// What happens before the request is handled; true when the fault's own status is the answer.
fn misbehave(fault: &Fault) -> bool {
    match fault.mode.as_str() {
        "crash" => {
            println!("crash on request");
            exit(1);
        }
        "hang" => sleep(Duration::from_millis(if fault.number == 0 { 3_600_000 } else { fault.number })),
        "oom" => {
            let mut hoard = Vec::new();
            loop {
                hoard.push(vec![1u8; 8 << 20]);
            }
        }
        "status" => return true,
        _ => {}
    }
    false
}
