"""Hand-ins as they come: files in folders and in zip archives, and what keeps one from being read.

Nothing is unpacked to disk, and no link is followed. What cannot be read is a ``HandIn`` too, so
that nobody is left out silently.
"""

import io
import os
import re
import stat
import unicodedata
import zipfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from nndl.check.catalog import EXERCISES, about
from nndl.check.notebook import LARGEST_FILE, Malformed, content_of

__all__ = ['HandIn', 'find']

LARGEST_ZIP = 1_000_000_000  # bytes, unpacked, of a student's notebooks; of a class 100 times that
LEAST = 5_000_000  # bytes that a notebook is counted as
LARGEST_TABLE = 4_000_000  # bytes of the table of contents of a zip archive
USUAL = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED  # the others unpack without a limit
IGNORED = re.compile(r'__MACOSX|\._.*|\.DS_Store|Thumbs\.db|desktop\.ini|System Volume Information|'
                     r'\$RECYCLE\.BIN|lost\+found|\.ipynb_checkpoints|\.git', re.IGNORECASE)
NOTEBOOK = re.compile(r'(?s).*\.ipynb(\.json|\.txt)?', re.IGNORECASE)
KNOWN = re.compile(r'(?s).*\.(ipynb(\.\w+)?|zip|rar|7z|tar(\.\w+)?|t[gx]z)', re.IGNORECASE)
SUFFIX = re.compile(r'(\.ipynb(\.\w+)?|\.tar\.\w+|\.\w+)$', re.IGNORECASE)
MOODLE = re.compile(r'(.+_\d+_assignsubmission_)(?:file|onlinetext)(_?)')
CANVAS = re.compile(r'([^_]+_)(?:LATE_)?(\d{3,})_\d{3,}_.')
LABS = {about(name).LAB for name in EXERCISES}
NO_NOTEBOOK = 'no notebook was handed in: the file that Jupyter saves is needed (*.ipynb)'
LINK = 'this is a link, or not a file: put a copy of what it leads to in its place'


@dataclass(frozen=True)
class HandIn:
    """Something that was handed in, in most cases a notebook.

    Attributes:
        path: where it lies, as it is shown everywhere; no two are equal.
        student: whose it is.
        place: the file, then the number of the member in each zip archive.
        reason: why it cannot be read, if that is known already.
    """

    path: str
    student: str
    place: tuple
    reason: str = ''

    def read(self):
        """Its bytes.

        Raises:
            Malformed: if it cannot be read; says why.
        """
        if self.reason:
            raise Malformed(self.reason)
        return _bytes_at(self.place)


def find(folder, out=None):
    """Find what was handed in, sorted by path.

    The student is the top folder or, of a file in no folder, the file's name. If that has the form
    which Moodle or Canvas give it, it is ``Name_12345_assignsubmission_file`` or
    ``lastfirst_12345``. A zip archive in a student's folder, or with a name of such a form, is that
    student's. Any other may be one student's or a class's: names of such a form are looked for in
    it. Without them, what is named after a lab, and what is alone in it, is of the student whom
    the archive is named after; each other name is a student of its own, ``archive/name``. So one
    student may be taken for two, but not two for one.

    Args:
        folder: of the hand-ins.
        out: folder of the grades, which is passed over.

    Returns:
        ``HandIn`` objects, one also for each student without a notebook.

    Raises:
        Malformed: if there is nothing at all.
        OSError: if the folder cannot be looked into.
    """
    files = _on_disk(str(Path(folder).resolve()), out and str(Path(out).resolve()))
    rows = [row for file in files for row in _looked_at(
        file, '/' not in file.path and not (MOODLE.match(file.path) or CANVAS.match(file.path)))]
    rows = [row for row in rows if row.reason != NO_NOTEBOOK] + [*_without(rows)]
    if not rows:
        raise Malformed(f'{folder} holds no notebooks (*.ipynb) and no zip archives of notebooks')
    found = {}
    for row in sorted(rows, key=lambda row: (row.path, row.place)):
        path, number = row.path, 1
        while path in found:  # names of different bytes that are shown alike
            number += 1
            path = f'{row.path} ({number})'
        found[path] = replace(row, path=path)
    return [found[path] for path in sorted(found)]


def _on_disk(folder, out):
    """Yield each file and link below a folder, and each folder directly in it."""
    todo = [(folder, ())]
    for base, above in todo:  # grows
        try:
            for entry in os.scandir(base):
                names = (*above, _text(os.fsencode(entry.name)))
                if entry.path == out or IGNORED.fullmatch(names[-1]):
                    continue
                if is_folder := entry.is_dir(follow_symlinks=False):
                    todo.append((entry.path, names))
                if not above or not is_folder:
                    yield HandIn(
                        '/'.join(names), _student([*names, ''] if is_folder else names),
                        (entry.path,), NO_NOTEBOOK if is_folder else
                        '' if entry.is_file(follow_symlinks=False) else LINK)
        except OSError as error:
            if not above:
                raise
            yield HandIn('/'.join(above), _student([*above, '']), (base,),
                         f'this folder cannot be entered: {error.strerror}')


def _looked_at(file, of_class=False, inside=False):
    """Yield a file, or what is in it; it may be ``of_class``, or ``inside`` a student's archive."""
    parts, dotted = file.path.split('/'), re.search(r'(^|/)\.', file.path)
    is_known, is_notebook = KNOWN.fullmatch(parts[-1]), NOTEBOOK.fullmatch(parts[-1])
    if any(map(IGNORED.fullmatch, parts)) or dotted and not is_known:
        return
    reason = file.reason or (
        NO_NOTEBOOK if not is_known else
        'a name in its path begins with a dot, and such are not read: rename it' if dotted else
        '' if is_notebook else
        "an archive within a student's zip archive is not unpacked: unpack it" if inside else
        '' if parts[-1].lower().endswith('.zip') else
        'files of this kind are not read: the notebook itself is needed, or a .zip of it')
    if not (reason or is_notebook):
        try:
            yield from _members(file, of_class)
            reason = NO_NOTEBOOK
        except Malformed as error:
            reason = str(error)
    yield replace(file, reason=reason)


def _members(archive, of_class):
    with _unzipped(archive.place) as file:
        members = [(_names(info), info) for info in file.infolist()]
    known = [(names, info.file_size) for names, info in members if KNOWN.fullmatch(names[-1])
             and not any(map(IGNORED.fullmatch, names))]
    limit = LARGEST_ZIP * (100 if of_class else 1)
    if sum(min(max(size, LEAST), LARGEST_FILE) for _, size in known) > limit:
        raise Malformed(f'its {len(known)} notebooks are more than {limit} bytes, each counted as '
                        f'{LEAST} or more: leave out what is not to be graded')
    common = len(os.path.commonprefix([names for names, _ in known]))
    for number, (names, info) in enumerate(members):
        reason = (NO_NOTEBOOK if info.is_dir() else
                  LINK if stat.S_ISLNK(info.external_attr >> 16) else '')
        student = _student(names, common, archive.student) if of_class else archive.student
        yield from _looked_at(HandIn('/'.join([archive.path, *names]), student,
                                     (*archive.place, number), reason), inside=not of_class)


def _without(rows):
    """Yield a row for each student without others; a folder with grades in it is no student."""
    known = {name for row in rows for name in (row.student, row.path.split('/')[0])
             if row.reason != NO_NOTEBOOK or row.path == f'{row.student}/grades.csv'}
    for row in sorted(rows, key=lambda row: row.path):
        if not known & {row.student, row.path}:
            known.add(row.student)
            yield row


def _student(names, common=0, archive=None):
    """Whose a file is, see ``find``; the first names are common to all files of an archive."""
    if archive is None and names[2:] and MOODLE.match(names[1]):  # a folder of Moodle's folders
        common = 1
    for name in names[:common + 1]:
        if found := MOODLE.match(name):
            return f'{found[1]}file{found[2]}'
        if found := CANVAS.match(name):
            return ''.join(found.groups())
    if archive is None:
        return names[0] if names[1:] else SUFFIX.sub('', names[0]) or names[0]
    own = [*names[common:-1], *[SUFFIX.sub('', name) for name in names[common:][-1:]]]
    own = [name for name in own if name not in LABS and KNOWN.fullmatch(names[-1])]
    return '/'.join([archive, *own[:1]])


def _names(info):
    """The parts of a member's name."""
    raw = info.orig_filename.encode('utf-8' if info.flag_bits & 0x800 else 'cp437')
    return [name for name in re.split(r'[/\\]', _text(raw, info.orig_filename))
            if name not in ('', '.')] or ['']


def _text(raw, otherwise=None):
    """A name as text; of the ways to write a character always the same."""
    for encoding in ('utf-8', 'gb18030'):
        with suppress(UnicodeDecodeError):
            return unicodedata.normalize('NFC', raw.decode(encoding))
    return otherwise or raw.decode('utf-8', 'backslashreplace')


def _bytes_at(place):
    if not place[1:]:
        return content_of(place[0])
    with _unzipped(place[:-1]) as archive:
        info = archive.infolist()[place[-1]]
        reason = ('its name leads out of the archive' if re.match(r'[/\\]|.:', info.filename)
                  else 'it is encrypted' if info.flag_bits & 1
                  else f'it has more than {LARGEST_FILE} bytes' if info.file_size > LARGEST_FILE
                  else 'it is not compressed as usual' if info.compress_type not in USUAL else '')
        if reason:
            raise Malformed(f'{reason}: hand in the notebook itself, or pack it anew')
        with archive.open(info) as file:
            return b''.join(iter(partial(file.read, 1 << 20), b''))


class _Careful(io.BufferedReader):
    """A file that refuses to read much at once: the table of contents of a zip archive."""

    def read(self, size=-1):
        if size > LARGEST_TABLE:
            raise zipfile.BadZipFile('it holds too many files')
        return super().read(size)


@contextmanager
def _unzipped(place):
    """The zip archive at a place; whatever is wrong with it is ``Malformed``."""
    try:
        raw = io.BytesIO(_bytes_at(place)) if place[1:] else io.FileIO(place[0])
        with _Careful(raw) as file, zipfile.ZipFile(file) as archive:
            yield archive
    except Malformed:
        raise
    except Exception as error:  # zipfile raises errors of many types
        reason = getattr(error, 'strerror', None) or error
        raise Malformed(f'it cannot be unpacked ({str(reason)[:100]}): pack it anew') from None
