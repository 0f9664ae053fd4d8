use session_runtime::SessionData;
use session_runtime::schema::SessionSchema;

#[derive(SessionData)]
struct Shop {
    cart: Vec<String>,
}

fn show<S: SessionSchema>() {
    let _ = S::json_schema();
}

fn main() {
    show::<Shop>();
}
