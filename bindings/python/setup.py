# SPDX-License-Identifier: Apache-2.0
"""All but the extension is in pyproject.toml."""
from setuptools import setup

setup(cffi_modules=["build_ffi.py:ffi"])
