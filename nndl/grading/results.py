"""Grades for other programs: grades.csv for spreadsheets, JUnit XML for test reports."""

import csv
import io
import re
import unicodedata
from xml.etree import ElementTree

from nndl.files import write_whole
from nndl.grading.roster import number_in, read_lines

__all__ = ['harmless', 'read_csv', 'write_csv', 'write_junit']

COLUMNS = ('student', 'file', 'lab', 'exercise', 'points', 'maximum', 'status', 'sha256',
           'override')
UNSEEN = 'Cf', 'Zl', 'Zp'  # categories: they join, turn round, or break lines
UNPRINTABLE = re.compile('[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')


def harmless(text):
    """A text that a spreadsheet does not take for a formula, on one line, all of it visible."""
    text = ''.join('?' if unicodedata.category(c) in UNSEEN else c
                   for c in UNPRINTABLE.sub('?', str(text)))
    text = re.sub(r'^\s|\s$', '?', re.sub(r'\s+', ' ', text))  # a name with a space at its end
    first = unicodedata.normalize('NFKC', text[:1])
    return f"'{text}" if first in ('=', '+', '-', '@', '|', '%') else text


def write_csv(records, path):
    """Write grades.csv, a line an exercise; points are empty where the grader failed."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    for record in records:
        for exercise in record['exercises']:
            writer.writerow([
                harmless(record['student']), harmless(record['path']), harmless(record['lab']),
                exercise['grade_id'], '' if exercise['points'] is None else exercise['points'],
                exercise['maximum'], exercise['status'], record['sha256'],
                harmless(exercise.get('override', {}).get('reason', ''))])
    write_whole(path, lambda file: file.write(('\ufeff' + text.getvalue()).encode()))


def read_csv(path):
    """Read a grades.csv: what it says of each submission, in the form of a record.

    Raises:
        TableError: if it is none.
    """
    records = {}
    for line in read_lines(path, COLUMNS):
        record = records.setdefault((line['student'], line['file']), {
            'student': line['student'], 'path': line['file'], 'lab': line['lab'], 'exercises': []})
        points = number_in(line['points']) if line['points'] else None
        override = {'override': {'reason': line['override']}} if line['override'] else {}
        record['exercises'].append({'grade_id': line['exercise'], 'points': points, **override,
                                    'maximum': number_in(line['maximum'])})
    return [*records.values()]


def write_junit(records, path):
    """A suite for each submission, a case for each exercise.

    Full points pass; fewer fail; where the grader failed it is an error.
    """
    suites = ElementTree.Element('testsuites')
    for record in records:
        suite = ElementTree.SubElement(suites, 'testsuite', name=_clean(record['path']),
                                       tests=str(len(record['exercises'])))
        for exercise in record['exercises']:
            case = ElementTree.SubElement(suite, 'testcase', classname=_clean(record['student']),
                                          name=exercise['grade_id'] or 'file')
            text = f'{exercise["points"]} of {exercise["maximum"]} points, {exercise["status"]}'
            kind = ('error' if exercise['points'] is None else
                    'failure' if exercise['status'] == 'malformed'
                    or exercise['points'] < exercise['maximum'] else 'system-out')
            child = ElementTree.SubElement(case, kind)
            if kind == 'system-out':
                child.text = text
            else:
                child.set('message', text)
    ElementTree.indent(suites)
    write_whole(path, lambda file: ElementTree.ElementTree(suites).write(
        file, encoding='utf-8', xml_declaration=True))


def _clean(text):
    return UNPRINTABLE.sub('?', text)
