"""Answers to the questions of the labs: every question has one, and its figures are computed."""

import importlib

import build
import jupytext
import pytest
from test_labs import LABS, figures_in
from test_prose import squeezed

SOURCES = {source.stem: source for source in build.sources()}


def texts(lab):
    """The prose of a lab in both languages."""
    return [cell.source for cell in jupytext.read(SOURCES[lab], fmt='md:myst').cells
            if cell.cell_type == 'markdown']


def answers(text):
    """The answers in a text, without the numbers of labs."""
    text = build.re.sub(r'(?:[Ll]abs?|实验) \d\d', '', text)
    return [block[3] for block in build.BLOCK.finditer(text) if block[1] == 'answer']


def unanswered(text):
    """Numbers of the questions that no answer follows, of a text with a heading for them."""
    _, *parts = build.re.split(r'^## (?:Questions|思考题)$', text, flags=build.re.MULTILINE)
    questions = build.re.split(r'^(\d+)\. ', ''.join(parts).split('\n## ')[0],
                               flags=build.re.MULTILINE)[1:]
    return [number for number, question in zip(questions[::2], questions[1::2], strict=True)
            if not answers(question)]


@pytest.mark.parametrize('lab', LABS)
def test_every_question_has_an_answer(lab):
    counts = [len(answers(text)) for text in texts(lab)]
    assert sum(counts) >= 8
    assert [number for text in texts(lab) for number in unanswered(text)] == []


def test_a_question_without_an_answer_is_seen():
    text = '## Questions\n\n1. Why?\n\n:::{answer}\nSo.\n:::\n\n2. And?\n\n## Summary\n\n1. No.\n'
    assert unanswered(text) == ['2']


@pytest.mark.parametrize('lab', LABS)
def test_figures_of_answers_are_those_that_are_computed(lab):
    cases = importlib.import_module(f'cases.texts.answers_{lab[:2]}')
    told, text = cases.facts(), squeezed(SOURCES[lab].read_text(encoding='utf-8'))
    phrases = [phrase.format(**told) for phrase in cases.PHRASES]
    assert [phrase for phrase in phrases if squeezed(phrase) not in text] == []
    altered = [phrase.format(**dict.fromkeys(told, '99.9')) for phrase in cases.PHRASES]
    assert [phrase for phrase in altered if squeezed(phrase) in text] == []
    computed = figures_in(' '.join(phrases))
    for text in texts(lab):
        given = figures_in(build.BLOCK.sub('', text))
        for answer in answers(text):
            assert set(figures_in(answer)) <= {*computed, *given}, answer
