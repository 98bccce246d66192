"""The words of a widget, in the reader's language."""

from nndl.language import chosen_language

__all__ = ['chosen_words']


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
