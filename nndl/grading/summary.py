"""The content of the class page, from the records of all submissions."""

from collections import Counter, defaultdict

from nndl.check.catalog import about
from nndl.grading.flags import shape_of
from nndl.grading.record import STATUSES
from nndl.grading.results import harmless

__all__ = ['class_summary', 'best_of', 'changes', 'doubled']

BARS = 5  # of the distribution
MOST_MISTAKES = 3
KIT = None  # among students: the kit's own solution


def class_summary(records, labs):
    """{'exercises', 'attention', 'alike', 'overridden', 'statuses'}.

    Args:
        records: of all submissions.
        labs: {name: Lab}.
    """
    done = [(record, exercise) for record in records for exercise in record['exercises']]
    counts = Counter(exercise['status'] for _, exercise in done)
    return {
        'exercises': [_row(lab, exercise, [e for _, e in done if e['grade_id'] == grade_id
                                           and e['points'] is not None])
                      for lab in labs.values() for grade_id, exercise in lab.exercises.items()
                      if any(e['grade_id'] == grade_id for _, e in done)],
        'attention': [*doubled(records), *(row for record, exercise in done
                                          for row in _attention(record, exercise))],
        'alike': _alike(done, labs),
        'overridden': [exercise | {'student': record['student']} for record, exercise in done
                       if 'override' in exercise],
        'statuses': [(status, counts[status]) for status in STATUSES if counts[status]],
    }


def best_of(records):
    """The exercises of one student, each once: as the instructor set it, or with most points."""
    best = {}
    for exercise in (exercise for record in records for exercise in record['exercises']):
        other = best.setdefault(exercise['grade_id'], exercise)
        if _rank(exercise) > _rank(other):
            best[exercise['grade_id']] = exercise
    return list(best.values())


def _rank(exercise):
    return 'override' in exercise, exercise['points'] or 0


def doubled(records):
    """A row for every lab that a student handed in more than once.

    Args:
        records: of all submissions.
    """
    files = defaultdict(list)
    for record in records:
        if record['lab']:
            files[record['student'], record['lab']].append(record['path'])
    return [{'student': student, 'status': 'doubled', 'exercise': lab, 'why': ', '.join(paths)}
            for (student, lab), paths in files.items() if len(paths) > 1]


def changes(before, records):
    """Lines on who gains or loses points against earlier grades, and why.

    Args:
        before: what ``read_csv`` gives of the earlier grades.csv.
        records: of all submissions.
    """
    old, new = _exercises(before), _exercises(records)
    for key in sorted({*old, *new}):
        points = [grades[key]['points'] if key in grades else None for grades in (old, new)]
        if points[0] != points[1]:
            was, now = ('-' if each is None else f'{each:g}' for each in points)
            given = new.get(key, {'status': 'no longer handed in'})
            why = [given['status'], *given.get('faults', ()), *given.get('errors', ())[:1],
                   given.get('override', {}).get('reason')]
            yield f'{", ".join(key)}: {was} -> {now} points ({"; ".join(filter(None, why))})'


def _exercises(records):
    """{(student, grade_id): the exercise that counts}."""
    own = defaultdict(list)
    for record in records:
        own[harmless(record['student'])].append(record)
    return {(student, exercise['grade_id']): exercise
            for student, some in own.items() for exercise in best_of(some)}


def _row(lab, exercise, given):
    shares = [e['points'] / e['maximum'] for e in given]
    bars = Counter(min(int(share * BARS), BARS - 1) for share in shares)
    mistakes = Counter(e['faults'][0] for e in given if e['faults'])
    return {'lab': lab.name, 'grade_id': exercise.grade_id, 'maximum': exercise.points,
            'name': about(exercise.grade_id).NAME, 'number': len(given),
            'mean': sum(e['points'] for e in given) / max(1, len(given)),
            'full': sum(share == 1 for share in shares), 'bars': [bars[k] for k in range(BARS)],
            'mistakes': mistakes.most_common(MOST_MISTAKES)}


def _attention(record, exercise):
    """A row for whatever is neither right nor simply wrong."""
    if exercise['status'] not in ('graded', 'wrong') and 'override' not in exercise:
        why = '; '.join([*exercise['flags'], *exercise['errors'][:1]])
        yield {'student': record['student'], 'status': exercise['status'],
               'exercise': exercise['grade_id'] or record['path'],
               'why': why or exercise['fault'] or record['reason']}


def _alike(done, labs):
    """Groups of students whose solutions agree, the kit's own solution among them."""
    groups = defaultdict(list)
    for lab in labs.values():
        for grade_id, exercise in lab.exercises.items():
            if shape := shape_of(lab.cells[exercise.place]):
                groups[grade_id, shape] = [KIT]
    for record, exercise in done:
        if exercise['shape'] and exercise['points']:
            groups[exercise['grade_id'], exercise['shape']].append(record['student'])
    return [{'exercise': grade_id, 'students': students}
            for (grade_id, _), students in groups.items() if len(set(students)) > 1]
