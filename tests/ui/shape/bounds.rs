use session_runtime::SessionData;

pub trait Bar<'a> {
    type Item;
}

#[derive(SessionData)]
pub struct Shop<'a, T: Bar<'a> + Clone, const N: usize>
where
    T: Default,
    T::Item: Clone,
{
    bar: T,
    numbers: [u8; N],
    items: Vec<T::Item>,
    name: std::borrow::Cow<'a, str>,
}

#[derive(SessionData)]
pub struct Defaulted<T = u8>
where
    T: Default,
{
    value: T,
    others: Vec<Self>,
}

fn main() {}
