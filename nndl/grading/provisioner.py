"""Kernels for jupyter_client, forked from a warm process instead of started.

``WarmProvisioner`` is found through the entry point ``nndl-warm`` of the group
``jupyter_client.kernel_provisioners``. Transport is IPC, for a network namespace has no loopback;
a kernel's end is seen through its pidfd.
"""

import asyncio
import contextlib
import os
import select
import shutil
import signal
import tempfile
from importlib.metadata import EntryPoint
from pathlib import Path

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning import KernelProvisionerBase, KernelProvisionerFactory

__all__ = ['WarmProvisioner', 'warm_manager', 'close_manager']

NAME = 'nndl-warm'


class WarmProvisioner(KernelProvisionerBase):
    """Forks the kernel from the ``WarmParent`` that its manager names."""

    pid = pidfd = None

    @property
    def has_process(self):
        """Whether a kernel was started and not yet cleared away."""
        return self.pidfd is not None

    async def poll(self):
        """None while the kernel lives."""
        return None if self.pidfd is not None and not ended(self.pidfd) else 0

    async def wait(self):
        """Until the kernel, and all that it started, has ended."""
        while await self.poll() is None:
            await asyncio.sleep(0.01)
        self._forget()
        return 0

    async def send_signal(self, signum):
        """To the keeper, who passes the end on."""
        if self.pidfd is not None and not ended(self.pidfd):
            signal.pidfd_send_signal(self.pidfd, signum)

    async def kill(self, restart=False):
        """End the kernel and all that it started."""
        await self.send_signal(signal.SIGTERM if self.parent.warm.sandbox else signal.SIGKILL)

    terminate = kill

    async def pre_launch(self, **kwargs):
        """Nothing is launched: there is no command."""
        return await super().pre_launch(cmd=[], **kwargs)

    async def launch_kernel(self, cmd, **kwargs):
        """Fork it."""
        manager = self.parent
        info = manager.get_connection_info()
        plain = {key: value.decode() if isinstance(value, bytes) else value
                 for key, value in info.items() if value is not None}
        self.pid = manager.warm.fork(plain, manager.folder)
        self.pidfd = os.pidfd_open(self.pid)
        return info

    async def cleanup(self, restart=False):
        """Close what is open."""
        self._forget()

    def _forget(self):
        if self.pidfd is not None:
            os.close(self.pidfd)
            self.pidfd = None


class _OnlySpec(KernelSpecManager):
    """Whatever a notebook's metadata ask for, this is the kernel."""

    def get_kernel_spec(self, kernel_name):
        return KernelSpec(argv=[], display_name=NAME, language='python',
                          metadata={'kernel_provisioner': {'provisioner_name': NAME}})


class _WarmManager(KernelManager):
    warm = folder = None


def warm_manager(warm):
    """A ``KernelManager`` whose kernel is forked from a ``WarmParent``; see ``close_manager``.

    Its folder lies in the parent's workspace.
    """
    entry = EntryPoint(NAME, f'{__name__}:WarmProvisioner', KernelProvisionerFactory.GROUP_NAME)
    KernelProvisionerFactory.instance().provisioners.setdefault(NAME, entry)
    folder = tempfile.mkdtemp(prefix='nndl-k-', dir=warm.workspace)
    for name in ('root', 'sockets'):
        (Path(folder) / name).mkdir()
    (Path(folder) / 'sockets').chmod(0o777)
    Path(folder).chmod(0o711)
    manager = _WarmManager(transport='ipc', kernel_spec_manager=_OnlySpec())
    manager.ip = f'{folder}/sockets/k'
    manager.shell_port, manager.iopub_port, manager.stdin_port = 1, 2, 3
    manager.hb_port, manager.control_port = 4, 5
    manager.warm, manager.folder = warm, folder
    return manager


def close_manager(manager):
    """End the kernel and remove its folder."""
    provisioner = manager.provisioner
    if provisioner is not None and provisioner.pidfd is not None:
        if not manager.warm.sandbox:  # nothing else ends what it started
            with contextlib.suppress(ProcessLookupError):
                os.killpg(provisioner.pid, signal.SIGKILL)
        elif not ended(provisioner.pidfd):
            signal.pidfd_send_signal(provisioner.pidfd, signal.SIGTERM)
            if not ended(provisioner.pidfd, seconds=10):
                signal.pidfd_send_signal(provisioner.pidfd, signal.SIGKILL)
        provisioner._forget()
    shutil.rmtree(manager.folder, ignore_errors=True)


def ended(pidfd, seconds=0):
    """Whether a process has ended, or ends within so many seconds."""
    poller = select.poll()
    poller.register(pidfd, select.POLLIN)
    return bool(poller.poll(1000 * seconds))
