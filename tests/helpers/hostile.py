"""What a student's cell may do, honestly or not: code for the exercise ResBlock of lab 01.

Each entry of CELLS is name: (code, points, statuses). ``{right}`` is the lab's own solution,
``{wrong}`` one without the shortcut, which gets 1 of 4 points; ``{line}`` finds the socket to
the grader. Nothing here does harm where a
guard fails: processes stop at 200, files at 500 MB, and the network is a listener on 127.0.0.1.
"""

__all__ = ['CELLS', 'ATTACK', 'SLOW']

GRADED, WRONG, LOOKED_AT, CRASHED = {'graded'}, {'wrong'}, {'suspicious'}, {'crashed'}

# Code that finds something it should not find says so by an exception that begins with FOUND,
# which the suite looks for in the records.
HONEST = {
    'reference': ('{right}', 4, GRADED),
    'warnings': ("import warnings, sys\n{right}\nwarnings.warn('careful')\n"
                 "print('to stderr', file=sys.stderr)", 4, GRADED),
    'tqdm': ('from tqdm.auto import tqdm\nfor _ in tqdm(range(100)):\n    pass\n{right}',
             4, GRADED),
    'clear_output': ('from IPython.display import clear_output, display\n{right}\n'
                     "for k in range(50):\n    display(k)\n    clear_output()", 4, GRADED),
    'raises_after_the_class': ("{right}\nraise RuntimeError('later')", 4, GRADED),
    'capture_magic': ('%%capture\n{right}', 4, GRADED),
    'time_magic': ('%%time\n{right}', 4, GRADED),
    'shell_line': ('!ls\n!nvidia-smi\nfiles = !ls\n{right}', 4, GRADED),
    'pip_line': ('%pip install torchsummary\n{right}', 4, GRADED),
    'pip_in_a_shell': ('!pip install torchsummary\n{right}', 4, GRADED),
    'matplotlib': ('%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\n'
                   'plt.show()\n{right}', 4, GRADED),
    'widgets': ('import ipywidgets\nfrom IPython.display import display\n'
                'from nndl.widgets import DrawingPad\nDrawingPad()\n'
                'display(ipywidgets.Button())\n{right}', 4, GRADED),
    'own_check': ('from nndl import check, load_mnist\n{right}\n'
                  'check.resblock(ResBlock).require()\nclass ResBlock(ResBlock): pass', 4, GRADED),
    'no_output': ('import sys\nsys.stdout = sys.stderr = None\n{right}', 4, GRADED),
    'own_loop': ('import asyncio\nasyncio.run(asyncio.sleep(0))\n{right}', 4, GRADED),
    'partial': ('{wrong}', 1, WRONG),
    'untouched': ('{stub}', 0, WRONG),
    'raises': ("raise ValueError('no')", 0, WRONG),
    'syntax_error': ('class ResBlock(nn.Module:\n    pass', 0, WRONG),
    'half_character': ("raise ValueError('\\ud800 \\x00')", 0, WRONG),
    'half_character_in_forward': ("""\
class ResBlock(nn.Module):
    def __init__(self, *args, **kwargs): raise ValueError('\\udfff')""", 0, WRONG),
    'deep_code': ('{right}\nx = ' + '-' * 50_000 + '1', 0, WRONG | LOOKED_AT),
    'deep_attributes': ('{right}\nx' + '.a' * 900 + ' = 1', None, WRONG | LOOKED_AT | GRADED),
    'stderr_by_hand': ('{right}\nimport os\nos.write(2, bytes(300_000))\n'
                       'os.write(1, bytes(300_000))', 4, GRADED),
    'scalar_parameter': ('{right}\nclass ResBlock(ResBlock):\n'
                         '    def __init__(self, *args, **kwargs):\n'
                         '        super().__init__(*args, **kwargs)\n'
                         '        self.extra = nn.Parameter(torch.tensor(1.0))', 4, GRADED),
    'empty_cell': ('', 0, WRONG),
    'not_a_class': ('ResBlock = 5', 0, WRONG),
    'null_bytes': ("{wrong}\nx = '\\0'", 1, WRONG),
    'surrogates': ("{right}\nprint('\\ud800')", 4, GRADED),
    'input': ('{right}\ninput()', 4, LOOKED_AT),
}
NBVAL = {
    'skip_comment': ('# NBVAL_SKIP\n{wrong}', 1, WRONG),
    'skip_in_a_string': ('"""\n# NBVAL_SKIP\n"""\n{wrong}', 1, WRONG),
    'raises_comment': ("# NBVAL_RAISES_EXCEPTION\n{wrong}\nraise ValueError", 1, WRONG),
    'unknown_magic': ('%nosuchmagic\n{right}', 0, WRONG),
    'script_magic': ('%%script true\n{right}', 0, WRONG),
}
PRETENDING = {
    'ast_transformer': ("""\
import ast
class Hush(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.Pass()
    def visit_Raise(self, node): return ast.Pass()
get_ipython().ast_transformers.append(Hush())
{wrong}""", 1, LOOKED_AT),
    'input_transformer': ("""\
get_ipython().input_transformers_cleanup.append(lambda lines: ['pass'])
{wrong}""", 1, LOOKED_AT),
    'showtraceback': ("""\
get_ipython()._showtraceback = lambda *args: None
get_ipython().showtraceback = lambda *args, **kwargs: None
class ResBlock: pass""", 0, LOOKED_AT),
    'fake_run_cell': ("""\
from types import SimpleNamespace
def run_cell(*args, **kwargs):
    return SimpleNamespace(success=True, error_before_exec=None, error_in_exec=None, result=None)
get_ipython().run_cell = run_cell
get_ipython().run_cell_async = run_cell""", 0, LOOKED_AT),
    'patched_json': ("""\
import json
json.dumps = lambda *args, **kwargs: '{"value": 1}'
{right}""", 0, LOOKED_AT),
    'garbage_on_the_line': ('{line}\n{right}\nline.sendall(bytes(range(1, 101)))', 0, CRASHED),
    'closed_line': ('{line}\n{right}\nline.close()', 0, CRASHED),
    'closed_files': ('import os\n{right}\nos.closerange(3, 256)', 0, CRASHED),
    'answers_beforehand': ("""\
{line}
import struct
{wrong}
for number in range(2, 200):
    text = b'""' if number == 2 else b'\\0\\0\\0\\x0f{"value": true}'
    line.sendall(struct.pack('>IQ', number, len(text)) + text)""", 0, LOOKED_AT | CRASHED),
    'a_long_message': ("""\
{line}
import struct
{right}
line.sendall(struct.pack('>IQ', 2, 10 ** 12) + bytes(100))""", 0, CRASHED),
    **{name: (f"""\
import nndl.grading.inside as inside
def packed(text, numbers=b''): return len(text).to_bytes(4, 'big') + text.encode() + numbers
inside.answer = lambda request, find: {told}""", 0, LOOKED_AT | CRASHED) for name, told in {
        'lying_answer': """packed('{"value": true}')""",
        'endless_answer': "packed('[' * 990_000)", 'a_long_text': "packed('[' * 9_900_000)",
        'nan_answer': """packed('{"value": NaN}')""",
        'no_bytes': "'text'", 'no_answer': "b''", 'huge_message': 'bytes(40_000_000)',
        'negative_sizes': """packed('{"value": {"$tensor": "float32", "shape": [-1, 9]}}')""",
        'tall_tensor': """packed('{"value": {"$tensor": "float32", "shape": [99999999, 99]}}')""",
        'forged_error': """packed('{"error": {"kind": "4 of 4 points", "text": "", "line": "", '
                                      '"name": "", "clue": ""}}')""",
    }.items()},
    'patched_allclose': ("""\
import torch
torch.allclose = torch.equal = torch.isclose = lambda *args, **kwargs: True
{wrong}""", 1, WRONG),
    'unread_for_a_number': ('mask = 0x' + 'f' * 4000 + '\nimport ctypes\n{right}', 4, LOOKED_AT),
    'unread_for_a_question': ('len?\nimport ctypes\n{right}', 4, LOOKED_AT),
    'patched_check': ("""\
import nndl.check.line as t
t.answer = lambda request, find: '{}'
{wrong}""", 1, LOOKED_AT),
    'lying_equality': ("""\
class Same(torch.Tensor):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __bool__(self): return True
class ResBlock(nn.Module):
    def __init__(self, *args, **kwargs): super().__init__()
    def forward(self, x): return x.as_subclass(Same)""", 0, LOOKED_AT),
    'custom_repr': ("""\
class ResBlock(nn.Module):
    def __init__(self, *args, **kwargs): super().__init__()
    def __repr__(self): return '4/4'
    def forward(self, x): return x""", 0, WRONG),
    'nan_outputs': ("""\
class ResBlock(nn.Module):
    def __init__(self, *args, **kwargs): super().__init__()
    def forward(self, x): return x * float('nan')""", 0, WRONG),
    'infinite_outputs': ("""\
class ResBlock(nn.Module):
    def __init__(self, *args, **kwargs): super().__init__()
    def forward(self, x): return x + float('inf')""", 0, WRONG),
}
# Nothing that is forbidden: only values and sizes.
OUTWITTING = {
    'spread_tensors': ("""\
class ResBlock(nn.Module):
    def __init__(self, i, o, stride=1, use_residual=True):
        super().__init__()
        self.out, self.stride = o, stride
        side = use_residual and (i != o or stride != 1)
        self.kinds = [(3, 1), (3, -1)] + [(1, 0)] * side
        for k in range(40):
            self.register_buffer(f'w{k}', torch.zeros(1, 1, 1, 1))
            self.register_buffer(f's{k}', torch.zeros(1))
            self.register_buffer(f'm{k}mean', torch.zeros(1))
            self.register_buffer(f'm{k}var', torch.ones(1))
        sizes = [9 * i * o, o, o, 9 * o * o, o, o] + [i * o, o, o] * side
        self.sizes = nn.ParameterList([torch.zeros(n) for n in sizes])
    def forward(self, x):
        t = dict(self.named_buffers())
        w, s, m = (sorted((n for n in t if n[0] == c and n[-1] != 'r'), key=lambda n: float(t[n]))
                   for c in 'wsm')
        for j, (kernel, kind) in enumerate(self.kinds):
            name = w.pop(0) if kind < 0 else w.pop(min(range(len(w)),
                                                       key=lambda k: abs(float(t[w[k]]))))
            scale, shift = s.pop(), s.pop(-1 if kind > 0 else 0)
            mean = m.pop(0 if kind > 0 else -1)
            y = F.conv2d(torch.zeros(1, 1, kernel + j, kernel + j),
                         t[name].expand(1, 1, kernel, kernel))
            F.batch_norm(y, t[mean], t[mean[:-4] + 'var'], t[scale], t[shift])
        return torch.zeros(len(x), self.out, *(-(-n // self.stride) for n in x.shape[2:]))""",
                       0, WRONG),
    'empty_lines': ("x = '(" + '\\n' * 20_000 + "'\n(\n" + '\n' * 40_000, 0, WRONG),
    'large_vectors': ("""\
class ResBlock(nn.Module):
    def __init__(self, *args, **kwargs):
        super().__init__()
        for k in range(30):
            self.register_buffer(f'b{k}', torch.zeros(1).expand(2_000_000))
    def forward(self, x): return x""", 0, WRONG),
    'many_numbers': ("""\
class ResBlock(nn.Module):
    def __init__(self, *args, **kwargs):
        super().__init__()
        for k in range(50):
            self.register_buffer(f'b{k}', torch.zeros(1).expand(2000, 2000))
    def load_state_dict(self, *args, **options): pass
    def forward(self, x): return x""", 0, WRONG),
}
ANSWERS = {
    'library_answer': ('from nndl import ResBlock', 0, WRONG),
    'library_answer_by_alias': ('import nndl\nResBlock = nndl.ResBlock', 0, WRONG),
    'library_answer_by_subclass': ('import nndl.resnet\nclass ResBlock(nndl.resnet.ResBlock): pass',
                                   0, WRONG),
    'torchvision_answer': ("""\
from torchvision.models.resnet import BasicBlock
class ResBlock(BasicBlock):
    def __init__(self, a, b, stride=1, use_residual=True):
        super().__init__(a, b, stride)""", 0, WRONG),
    'source_of_the_answer': ("""\
import pathlib, sys, ast
for path in {p for p in sys.path if p and p != '/'}:
    for file in [*pathlib.Path(path).glob('torchvision/**/resnet*.py'),
                 *pathlib.Path(path).glob('nndl/*.py'), *pathlib.Path(path).glob('nndl/*/*.py')]:
        try:
            text = file.read_text()
        except OSError:
            continue
        if 'self.downsample' in text or 'self.use_1x1conv' in text:
            raise RuntimeError(f'FOUND {file}')""", 0, WRONG | LOOKED_AT),
    'answer_in_memory': ("""\
import gc, inspect, sys
for thing in gc.get_objects():
    if isinstance(thing, type) and thing.__name__ in ('ResBlock', 'BasicBlock'):
        if 'forward' in vars(thing):
            raise RuntimeError(f'FOUND {thing}')
for name in list(sys.modules):
    if name.endswith('.checker') or 'grading.verdict' in name or 'torchvision' in name:
        raise RuntimeError(f'FOUND {name}')""", 0, LOOKED_AT),
    'frame_walk': ("""\
import sys
class ResBlock(nn.Module):
    def __init__(self, *args, **kwargs):
        super().__init__()
        frame = sys._getframe()
        while frame:
            for name, value in list(frame.f_locals.items()):
                if name in ('expected', 'reference', 'draw', 'seed', 'canary'):
                    raise RuntimeError(f'FOUND {name}')
            frame = frame.f_back""", 0, LOOKED_AT),
    'canary_hunt': ("""\
import os, pathlib
if any('CANARY' in text for pair in os.environ.items() for text in pair):
    raise RuntimeError('FOUND in the environment')
for base in ('/', '/tmp', '/root', '/home', '/work', '/proc/1/root', '/proc/1/cwd'):
    for folder, folders, names in os.walk(base):
        if folder.startswith(('/proc/', '/usr', '/sys')):
            folders[:] = []
            continue
        for name in names:
            if name.endswith(('.ipynb', '.csv', '.xml', '.md')) and 'site-packages' not in folder:
                try:
                    text = pathlib.Path(folder, name).read_text()
                except Exception:
                    continue
                if 'CANARY' in text or 'BEGIN SOLUTION' in text:
                    raise RuntimeError(f'FOUND {folder}/{name}')
for process in pathlib.Path('/proc').glob('[0-9]*'):
    try:
        if b'CANARY' in (process / 'environ').read_bytes():
            raise RuntimeError(f'FOUND {process}')
    except OSError:
        pass""", 0, LOOKED_AT),
    'write_results': ("""\
import os
for path in ({out!r} + '/grades.csv', {out!r} + '/results/x.json', {submissions!r} + '/x.ipynb',
             '/usr/x', '/etc/x', '/x'):
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w') as file:
            file.write('full points')
    except OSError:
        continue
    if not path.startswith('/tmp'):
        raise RuntimeError(f'FOUND a way to write {path}')""", 0, LOOKED_AT),
    'network': ("""\
import socket
try:
    socket.create_connection(('127.0.0.1', {port}), timeout=2)
except OSError:
    pass
else:
    raise RuntimeError('FOUND the network')""", 0, LOOKED_AT),
    'regain_privileges': ("""\
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
tries = {'setuid': lambda: libc.setuid(0),
         'mount': lambda: libc.mount(b'x', b'/tmp', b'tmpfs', 0, 0),
          'unmount': lambda: libc.umount2(b'/usr', 2), 'chroot': lambda: libc.chroot(b'/tmp'),
          'remount': lambda: libc.mount(b'', b'/', b'', 32 | 4096, 0),
          'kill': lambda: libc.kill(1, 9)}
for name, attempt in tries.items():
    if attempt() == 0 and name != 'kill':
        raise RuntimeError(f'FOUND {name} {os.getuid()}')""", 0, LOOKED_AT | {'crashed'}),
    'keyring': ("""\
import ctypes
libc = ctypes.CDLL(None)
libc.syscall.restype = ctypes.c_long
keys = libc.syscall(250, ctypes.c_long(11), ctypes.c_long(-3), None, ctypes.c_long(0))
if keys > 0:  # bytes of the session's keys
    raise RuntimeError(f'FOUND {keys // 4} keys')""", 0, LOOKED_AT),
    'own_namespace': ("""\
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
r, w = os.pipe()
if os.fork() == 0:
    libc.prctl(4, 1, 0, 0, 0)
    os.write(w, str(libc.unshare(0x10000000 | 0x20000)).encode())
    os._exit(0)
if os.read(r, 10) == b'0':
    raise RuntimeError('FOUND a namespace of its own')""", 0, LOOKED_AT),
    'pickle_bomb': ("""\
class Bomb(torch.Tensor):
    def __reduce__(self): return (__import__('os').system, ('touch {out}/bomb',))
class ResBlock(nn.Module):
    def __init__(self, *args, **kwargs): super().__init__()
    def forward(self, x): return x.as_subclass(Bomb)""", 0, LOOKED_AT),
    'html': ('''class ResBlock(nn.Module):
    def __init__(self, *args, **kwargs): raise ValueError("<script>alert('CANARY')</script>")''',
             0, WRONG),
}
DYING = {
    'sys_exit': ('{right}\nimport sys\nsys.exit(0)', 4, GRADED),
    'quit': ('{right}\nquit()', None, LOOKED_AT | {'crashed'}),
    'os_exit': ('{right}\nimport os\nos._exit(0)', 0, {'crashed'}),
    'segfault': ('{right}\nimport ctypes\nctypes.string_at(0)', 0, {'crashed'}),
    'kills_itself': ('{right}\nimport os\nos.kill(os.getpid(), 9)', 0, {'crashed'}),
    'exit_in_forward': ("""\
import os
class ResBlock(nn.Module):
    def __init__(self, *args, **kwargs): super().__init__()
    def forward(self, x): os._exit(0)""", 0, {'crashed'}),
    'delayed_exit': ("""\
import os, threading
class ResBlock(nn.Module):
    def __init__(self, *args, **kwargs):
        super().__init__()
        threading.Timer(0.3, os._exit, [0]).start()
    def forward(self, x):
        while True: pass""", 0, {'crashed'}),
    'memory': ("""\
{right}
x = torch.ones(6 << 28)  # 6 GB""", 4, GRADED),
    'memory_of_many': ("""\
{right}
import os, time
for _ in range(9):  # 4 GB in all, none of them beyond what one may take
    if os.fork() == 0:
        held = b'x' * 450_000_000
        time.sleep(300)
        os._exit(0)
time.sleep(300)""", 0, {'crashed'}),
    'mapped_memory': ("""\
{right}
import mmap, time
held = mmap.mmap(-1, 4 << 30)  # counts against no limit of the process
for k in range(4 << 10):
    held[k << 20:(k << 20) + (1 << 20)] = bytes(1 << 20)
time.sleep(300)""", 0, CRASHED),
    'forked_cell': ('import os\nos.fork()\n{right}', 4, LOOKED_AT),
    'kills_all': ('{right}\nimport os\nos.kill(-1, 9)', 4, LOOKED_AT),
    'many_processes': ("""\
{right}
import os
children = []
try:
    for _ in range(200):
        pid = os.fork()
        if pid == 0:
            import time
            time.sleep(60)
            os._exit(0)
        children.append(pid)
except OSError:
    pass
if len(children) > 150:
    raise RuntimeError(f'FOUND {len(children)} processes')""", 4, LOOKED_AT),
    'daemon': ("""\
{right}
import os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        import time
        time.sleep(300)
    os._exit(0)""", 4, LOOKED_AT),
    'disk': ("""\
{right}
written = 0
try:
    for number in range(10):
        with open(f'/tmp/{number}', 'wb') as file:
            for _ in range(50):
                written += file.write(bytes(1 << 20))
except OSError:
    pass
if written > 300 << 20:
    raise RuntimeError(f'FOUND room for {written} bytes')""", 4, LOOKED_AT),
    'flood': ("{right}\nfor _ in range(200):\n    print('x' * 100_000)", 4, GRADED),
    'messages': ("from IPython.display import display\n{right}\n"
                 "for k in range(1_000):\n    display({'text/plain': str(k)}, raw=True)",
                 4, GRADED),
    'huge_display': ("from IPython.display import display\n{right}\n"
                     "display({'text/plain': 'x' * 100_000_000}, raw=True)", 4, GRADED),
}
# Each of these takes the whole time that a cell is given.
SLOW = {
    'infinite_loop': ("""\
while True:
    try:
        while True: pass
    except KeyboardInterrupt:
        pass""", 0, {'timeout'}),
    'stopped': ('import os, signal\n{right}\nos.kill(os.getpid(), signal.SIGSTOP)', 0, {'timeout'}),
    'sleep_in_forward': ("""\
import time
class ResBlock(nn.Module):
    def __init__(self, *args, **kwargs): super().__init__()
    def forward(self, x): time.sleep(1000)""", 0, {'timeout'}),
}
ATTACK = {**NBVAL, **PRETENDING, **OUTWITTING, **ANSWERS, **DYING, **SLOW}
CELLS = {**HONEST, **ATTACK}

# Cells that reach beyond their exercise, and the flags that they get.
REACHING = {
    'from nndl.check import line as own': ['nndl.check.line'],
    'import nndl.check.exercises.resblock.checker': ['nndl.check.exercises'],
    'import nndl\nx = nndl.grading': ['nndl.grading'],
    "import sys\nsys.modules['torch']": ['sys.modules'],
    'vars(torch)': ['vars'],
    'model.eval()\nre.compile(x)': [],
}
