# SPDX-License-Identifier: Apache-2.0
"""What `cmake --install BUILD --prefix DIR` leaves there is true of that place."""
import re
import subprocess

import pytest

from support import BUILD

LINK = re.compile(r"\]\(([^)#]+)[^)]*\)")


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prefix")
    done = subprocess.run(["cmake", "--install", BUILD, "--prefix", folder], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def test_the_unit_starts_what_is_installed(prefix):
    unit = (prefix / "lib/systemd/system/sekuired.service").read_text()
    program, config = re.search(r"^ExecStart=(\S+) --config (\S+)$", unit, re.M).groups()
    assert (program, config) == (f"{prefix}/bin/sekuired", f"{prefix}/etc/sekuire/sekuired.yaml") and "@SEKUIRE" not in unit
    done = subprocess.run([program, "--config", config, "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    named = re.findall(r"\S*/sekuire/\S+", (prefix / "etc/sekuire/sekuired.yaml").read_text())
    assert named and all(name.startswith(f"{prefix}/etc/sekuire/") for name in named), named


def test_the_links_of_the_documents_lead_somewhere(prefix):
    documents = prefix / "share/doc/sekuire"
    links = [(path, link) for path in documents.rglob("*.md") for link in LINK.findall(path.read_text()) if "://" not in link]
    assert len(links) > 10
    assert [(str(path), link) for path, link in links if not (path.parent / link).exists()] == []
