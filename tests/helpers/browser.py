"""A real JupyterLab on a folder of notebooks, and a real browser that looks at it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from importlib.resources import files

from conftest import ROOT

NOTEBOOK = 'window.jupyterapp?.shell?.currentWidget'
SETTINGS = {
    '@jupyterlab/apputils-extension/notification': {'fetchNews': 'false', 'checkForUpdates': False},
    '@jupyterlab/notebook-extension/tracker': {'windowingMode': 'none'},
}


# What people read and use. Not the kit's: JupyterLab's prompts, the colours of its code, and the
# handles of ipywidgets' sliders, which have no name.
OURS = {'include': [['.jp-RenderedMarkdown'], ['.jp-OutputArea-output']],
        'exclude': [['.jp-InputPrompt'], ['.jp-OutputPrompt'], ['.highlight'], ['.noUi-handle']]}


def serious_faults(page):
    """The serious faults that axe finds in the texts and outputs of a page."""
    page.evaluate(files('axe_playwright_python').joinpath('axe.min.js').read_text())
    found = page.evaluate('(context) => axe.run(context)', OURS)['violations']
    return [(fault['id'], node['html'][:200], node['failureSummary'][:200]) for fault in found
            if fault['impact'] in ('serious', 'critical') for node in fault['nodes']]


def chromium_path():
    """Of Debian's Chromium or another one, None if there is none."""
    return next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))),
                None)


@contextmanager
def jupyterlab(folder):
    """A server on 127.0.0.1 whose kernels find this kit; yields its address."""
    for name, content in SETTINGS.items():
        path = folder / '.config' / 'lab' / 'user-settings' / f'{name}.jupyterlab-settings'
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ, 'PYTHONPATH': str(ROOT), 'JUPYTER_CONFIG_DIR': str(folder / '.config'),
        'JUPYTERLAB_SETTINGS_DIR': str(folder / '.config' / 'lab' / 'user-settings'),
        'JUPYTERLAB_WORKSPACES_DIR': str(folder / '.config' / 'lab' / 'workspaces'),
        'JUPYTER_RUNTIME_DIR': str(folder / '.runtime'), 'TQDM_DISABLE': '1',
    }
    for name in ('PYTEST_VERSION', 'PYTEST_CURRENT_TEST'):
        environment.pop(name, None)
    command = [sys.executable, '-m', 'jupyterlab', '--no-browser', '--allow-root', f'--port={port}',
               '--ip=127.0.0.1', '--IdentityProvider.token=', '--ServerApp.port_retries=0',
               '--LabApp.expose_app_in_browser=True']
    with (folder / 'server.log').open('w') as log:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            address = f'http://127.0.0.1:{port}'
            _wait_for(f'{address}/api', server, folder / 'server.log')
            yield address
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait_for(address, server, log, seconds=90):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError(f'JupyterLab ended: {log.read_text()[-2000:]}')
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.3)
    raise TimeoutError(f'JupyterLab did not start: {log.read_text()[-2000:]}')


class Notebook:
    """A notebook that is open in JupyterLab.

    Attributes:
        page: Playwright's page.
        faults: every JavaScript error so far, of the page and on its console.
    """

    def __init__(self, browser, address, name, width=1280, height=900):
        self.page = browser.new_page(viewport={'width': width, 'height': height})
        self.faults = []
        self.page.on('pageerror', lambda error: self.faults.append(str(error)))
        self.page.on('console', self._hear)
        self.page.set_default_timeout(120_000)
        self.page.goto(f'{address}/lab/tree/{name}?reset')
        self.page.wait_for_function(
            f"{NOTEBOOK}?.sessionContext?.session?.kernel?.status === 'idle'")
        self.page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")

    def _hear(self, message):
        if message.type == 'error':
            self.faults.append(f'{message.text} ({message.location.get("url")})')

    def run_all(self, seconds=600):
        """Run all cells; until the kernel is idle again."""
        self.start_all()
        self.wait_until_idle(seconds)

    def start_all(self):
        self.page.evaluate("() => { window.jupyterapp.commands.execute("
                           "'notebook:run-all-cells'); }")

    def run_cell(self, text):
        """Start the one code cell that contains a text; does not wait for its end."""
        self.page.evaluate(f"""(text) => {{
            const notebook = {NOTEBOOK}.content;
            const holds = (cell) => cell.model.type === 'code'
                && cell.model.sharedModel.getSource().includes(text);
            notebook.activeCellIndex = notebook.widgets.findIndex(holds);
            window.jupyterapp.commands.execute('notebook:run-cell');
        }}""", text)

    def wait_until_idle(self, seconds=300):
        """Until every code cell that was started has ended and the kernel is idle."""
        self.page.wait_for_function(f"""() => {{
            const {{ content, sessionContext }} = {NOTEBOOK};
            const waits = (cell) => cell.promptNode?.textContent?.includes('*');
            return sessionContext.session.kernel.status === 'idle' && !content.widgets.some(waits);
        }}""", timeout=1000 * seconds)

    def outputs(self):
        """The outputs of all code cells, as JupyterLab keeps them."""
        return self.page.evaluate(f"""() => {NOTEBOOK}.content.widgets
            .filter((cell) => cell.model.type === 'code')
            .flatMap((cell) => cell.model.outputs.toJSON())""")

    def errors(self):
        """Every error output, as text."""
        return ['\n'.join(output['traceback']) for output in self.outputs()
                if output['output_type'] == 'error']
