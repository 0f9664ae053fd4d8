//! A real server, whose threads each have an app of their own and share the sessions.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use actix_web::{App, HttpServer, web};
use session_runtime::{Error, MemoryStore, Session, SessionConfig, SessionData, SessionMiddleware, Sessions};

#[derive(SessionData)]
struct Counter {
    #[session(default)]
    n: u32,
}

async fn add(session: Session<Counter>) -> Result<String, Error> {
    session.n().update(|n| *n += 1)?;
    session.n().get().map(|n| n.to_string())
}

fn request(address: SocketAddr, cookie: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let head =
        format!("GET /add HTTP/1.1\r\nhost: localhost\r\ncookie: {cookie}\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    answer
}

#[actix_web::test]
async fn the_threads_of_a_server_share_their_sessions() {
    let sessions = Sessions::new(MemoryStore::new(), SessionConfig::default());
    let app =
        move || App::new().wrap(SessionMiddleware::new(sessions.clone())).route("/add", web::get().to(add));
    let server = HttpServer::new(app).workers(2).disable_signals().bind("127.0.0.1:0").unwrap();
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    let running = actix_web::rt::spawn(server);
    let last = web::block(move || {
        let first = request(address, "");
        let cookie = first.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
        let cookie = cookie.split(';').next().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..8).for_each(|_| drop(request(address, cookie))));
            }
        });
        request(address, cookie)
    });
    let last = last.await.unwrap();
    assert!(last.ends_with("\r\n66"), "{last}");
    handle.stop(true).await;
    running.await.unwrap().unwrap();
}
