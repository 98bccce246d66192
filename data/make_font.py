"""Make chinese.ttf, the characters of the labs and of the library, from Droid Sans Fallback.

    python data/make_font.py DroidSansFallback.ttf

The file is that of the Debian package fonts-droid-fallback 1:6.0.1r16-1.1 (``/usr/share/
fonts-droid-fallback/truetype``), licensed under the Apache License, Version 2.0.
"""

import hashlib
import re
import sys
from pathlib import Path

from fontTools import subset

ROOT = Path(__file__).resolve().parent.parent
SHA256 = '56d3edfb377a8bc3c4b77f4476405c770173c0e31221ad7c77d0a8e1f3039a3e'
TABLES = ['GSUB', 'GPOS', 'GDEF', 'vhea', 'vmtx']  # matplotlib has no use for them


def characters(root=ROOT):
    """The Chinese characters of the sources of the labs and of the library's texts, as a set."""
    texts = [*(root / 'notebooks' / 'source').glob('*.md'),
             *(path for kind in ('py', 'toml') for path in (root / 'nndl').rglob(f'*.{kind}'))]
    return set(re.findall('[⺀-鿿＀-￯]',
                          ''.join(path.read_text(encoding='utf-8') for path in texts)))


def main(source):
    """Write data/chinese.ttf; refuse a font that is not the one named above."""
    if (found := hashlib.sha256(Path(source).read_bytes()).hexdigest()) != SHA256:
        sys.exit(f'{source} has the sha256 {found}, expected {SHA256}')
    options = subset.Options(hinting=False, layout_features=[], name_IDs=[0, 1, 2, 3, 4, 5, 6, 13])
    options.drop_tables += TABLES
    font = subset.load_font(source, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=''.join(sorted(characters())))
    subsetter.subset(font)
    subset.save_font(font, ROOT / 'data' / 'chinese.ttf', options)


if __name__ == '__main__':
    main(*sys.argv[1:])
