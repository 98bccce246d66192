"""The reader's language: that of the lab, unless a check or a widget is given another one."""

__all__ = ['LANGUAGES', 'chosen_language', 'chosen_words', 'set_language']

LANGUAGES = 'en', 'zh'
_language = 'en'


def set_language(language):
    """The language of all checks and widgets from now on, 'en' or 'zh'.

    Raises:
        ValueError: for another one.
    """
    global _language
    _language = _checked(language)


def chosen_language(language=None):
    """The given language, or that which was set if None is given.

    Raises:
        ValueError: for one that is not there.
    """
    return _language if language is None else _checked(language)


def chosen_words(words, language=None):
    """The words of one language.

    Args:
        words: {language: {name: text}}.
        language: 'en', 'zh', or None for the language that was set.

    Returns:
        {name: text}, with the language itself under ``'language'``.
    """
    language = chosen_language(language)
    return {**words[language], 'language': language}


def _checked(language):
    if language not in LANGUAGES:
        raise ValueError(f'language is {language!r}: give one of {", ".join(LANGUAGES)}')
    return language
