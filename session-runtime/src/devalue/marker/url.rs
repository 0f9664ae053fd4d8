use std::borrow::Cow;

use super::text::{absent_methods, text_marker};

text_marker! {
    /// An address that is stored as a JavaScript `URL`.
    ///
    /// For `String` (which is not checked) and, with the feature `url`, `url::Url`; also for an `Option` of these.
    /// JavaScript refuses a text that is no absolute URL when it reads the session. Other formats get a string.
    ///
    /// ```
    /// use session_runtime::devalue::{self, Url};
    ///
    /// let text = devalue::to_string(&Url("https://example.com/".to_owned()))?;
    /// assert_eq!(text, r#"[["URL","https://example.com/"]]"#);
    /// # Ok::<(), devalue::Error>(())
    /// ```
    Url, UrlValue, "$devalue::Url", "URL", false
}

/// A type that can be stored as a [`Url`].
///
/// ```
/// use session_runtime::devalue::UrlValue;
///
/// assert_eq!(String::from_href("https://example.com/").as_deref(), Some("https://example.com/"));
/// ```
pub trait UrlValue: Sized {
    /// The address as a text.
    fn href(&self) -> Option<&str>;

    /// The address from a text; `None` if it is none.
    fn from_href(href: &str) -> Option<Self>;

    #[doc(hidden)]
    fn to_text(&self) -> Option<Cow<'_, str>> {
        self.href().map(Cow::Borrowed)
    }

    #[doc(hidden)]
    fn from_text(text: &str) -> Option<Self> {
        Self::from_href(text)
    }

    absent_methods!();
}

impl<T: UrlValue> UrlValue for Option<T> {
    fn href(&self) -> Option<&str> {
        self.as_ref()?.href()
    }

    fn from_href(href: &str) -> Option<Self> {
        T::from_href(href).map(Some)
    }

    absent_methods!(option);
}

impl UrlValue for String {
    fn href(&self) -> Option<&str> {
        Some(self)
    }

    fn from_href(href: &str) -> Option<Self> {
        Some(href.to_owned())
    }
}

#[cfg(feature = "url")]
impl UrlValue for url::Url {
    fn href(&self) -> Option<&str> {
        Some(self.as_str())
    }

    fn from_href(href: &str) -> Option<Self> {
        Self::parse(href).ok()
    }
}
