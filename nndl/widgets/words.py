"""The language of the widgets: that of the lab's edition, unless a widget is told another."""

__all__ = ['LANGUAGES', 'set_language', 'chosen_words']

LANGUAGES = 'en', 'zh'
_language = 'en'


def set_language(language):
    """The language of all widgets made from now on, 'en' or 'zh'.

    Raises:
        ValueError: for another one.
    """
    global _language
    _language = _checked(language)


def chosen_words(words, language=None):
    """The words of one language.

    Args:
        words: {language: {name: text}}.
        language: 'en', 'zh', or None for the language that was set.

    Returns:
        {name: text}, with the language itself under ``'language'``.
    """
    language = _language if language is None else _checked(language)
    return {**words[language], 'language': language}


def _checked(language):
    if language not in LANGUAGES:
        raise ValueError(f'language is {language!r}: give one of {", ".join(LANGUAGES)}')
    return language
