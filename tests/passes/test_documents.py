"""YAML from its events: what SafeLoader would give, and much less of what it would do."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from xent_cli.passes.documents import load_yaml

DOCUMENTS = [
    "a: 1\nb: 2.5\nc: 0x10\nd: 0777\ne: 1_000\nf: 1e5\ng: 1.0e+5\nh: .inf\ni: -3\nj: ~\nk: yes\n",
    "l: '1'\nm: !!str 5\nn: 1:30\no: 2020-01-01\np: [1, [2, {x: y}]]\nq: 007\nr: -0.0\ns: 1.\n",
    'u: "no"\nt: +5\n',
    "--- [1, 2.25, -7]\n",
    "- a\n- b: c\n",
    "12345678901234567890",
    "# nothing\n",
]


@pytest.mark.parametrize("text", DOCUMENTS)
def test_as_pyyaml_has_it(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(text)
    assert repr(load_yaml(str(tmp_path / "x.yaml"))) == repr(yaml.safe_load(text))
    words = load_yaml(str(tmp_path / "x.yaml"), words=True)
    assert words == yaml.load(text, Loader=yaml.BaseLoader)
