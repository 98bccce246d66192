"""Pages for people: feedback for each student, and one page on the class.

Whatever a student wrote, or made a process say, is escaped.
"""

import hashlib
import re
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from nndl.check.catalog import about, messages_of
from nndl.check.notebook import FAULTS
from nndl.files import write_whole
from nndl.grading.record import STATUSES
from nndl.grading.results import write_csv, write_junit
from nndl.grading.roster import compare_with, lines_on
from nndl.grading.summary import best_of, class_summary, doubled
from nndl.grading.words import WORDS

__all__ = ['write_all', 'write_feedback', 'write_class_page', 'page_of']

END = """{submissions} submissions of {students} students; exercises: {statuses}
{out}/grades.csv, junit.xml, class.html, feedback/ (a page for each student), results/"""
TEMPLATES = Path(__file__).with_name('templates')


def page_of(student):
    """File name of a student's page: readable, and never that of another."""
    readable = re.sub(r'[^\w-]+', '-', student)[:40].strip('-')
    return f'{readable}-{hashlib.sha256(student.encode()).hexdigest()[:8]}.html'


def write_feedback(records, labs, folder, language='en'):
    """One page a student, with all labs handed in, in the language of most of them.

    Args:
        records: of all submissions.
        labs: {name: Lab}.
        folder: for the pages.
        language: 'en' or 'zh', where no file of the student's tells.
    """
    titles = {name: lab.title for name, lab in labs.items()}
    for student, own in _by_student(records):
        languages = [record['language'] for record in own if record['language']] or [language]
        own_language = max(sorted(set(languages)), key=languages.count)
        exercises = best_of(own)
        shown = [record | {'exercises': [_shown(exercise, own_language)
                                         for exercise in record['exercises']]} for record in own]
        _render('feedback.html', Path(folder) / page_of(student), own_language, student=student,
                records=shown, titles=titles,
                points=sum(exercise['points'] or 0 for exercise in exercises),
                maximum=sum(exercise['maximum'] for exercise in exercises))


def write_class_page(records, labs, path, language='en', compared=None):
    """Points per exercise, common mistakes, what to look at, solutions that are alike.

    Args:
        records: of all submissions.
        labs: {name: Lab}.
        path: of the page.
        language: 'en' or 'zh'.
        compared: with a roster, as ``compare_with`` gives it.
    """
    missing, strangers, ambiguous = compared or ((), (), {})
    students = [{'name': student, 'page': f'feedback/{page_of(student)}', **_points(own)}
                for student, own in _by_student(records)]
    _render('class.html', Path(path), language, records=records, students=students,
            missing=missing, strangers=strangers, ambiguous=ambiguous,
            **class_summary(records, labs))


def write_all(records, labs, out, language='en', roster=None):
    """All tables and pages; prints a summary, with those of a ``Roster`` without a submission.

    Returns:
        The submissions that the grader failed on.
    """
    write_csv(records, out / 'grades.csv')
    write_junit(records, out / 'junit.xml')
    write_feedback(records, labs, out / 'feedback', language)
    compared = compare_with(roster, records) if roster else ((), (), {})
    write_class_page(records, labs, out / 'class.html', language, compared)
    statuses = [exercise['status'] for record in records for exercise in record['exercises']]
    print(END.format(
        submissions=len(records), students=len({record['student'] for record in records}),
        statuses=', '.join(f'{statuses.count(status)} {status}' for status in STATUSES
                           if status in statuses), out=out))
    for row in doubled(records):
        print(f'{row["student"]} handed in {row["exercise"]} more than once: {row["why"]}. If '
              'these are files of several students, grade the folder that their folders lie in')
    missing, *others = compared
    print(*(f'{person.shown}: no submission found' for person in missing), *lines_on(*others),
          sep='\n', end='\n' * bool(missing or any(others)))
    return sorted({record['path'] for record in records for exercise in record['exercises']
                   if exercise['points'] is None})


def _by_student(records):
    ordered = sorted(records, key=lambda record: (record['student'], record['path']))
    return [(student, list(own)) for student, own in groupby(ordered, lambda r: r['student'])]


def _shown(exercise, language):
    if not exercise['grade_id']:
        return exercise
    criteria = messages_of(exercise['grade_id'])['criteria']
    return exercise | {'name': about(exercise['grade_id']).NAME, 'criteria': [
        (criterion, titles[language]) for criterion, titles in criteria.items()]}


def _points(records):
    exercises = best_of(records)
    return {'points': {e['grade_id']: '?' if e['points'] is None else f'{e["points"]:g}'
                       for e in exercises},
            'total': sum(e['points'] or 0 for e in exercises)}


def _render(template, path, language, **values):
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True,
                              undefined=StrictUndefined, trim_blocks=True)
    style = (TEMPLATES / 'style.css').read_text(encoding='utf-8')
    text = environment.get_template(template).render(
        words=WORDS[language], faults=FAULTS[language], language=language, style=style, **values)
    write_whole(path, lambda file: file.write(text.encode('utf-8', 'replace')))
